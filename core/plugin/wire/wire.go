// Package wire is the border between host and plugin as bytes: the protocol (ferry.proto, with its
// generated code), the handshake, the limits both sides keep, and how errors cross.
//
// Invariants:
//   - It knows nothing of plugins or of the model, so that both sides can import it.
//   - Both sides raise gRPC's message limits to MaxMessage; a side that forgot would fail on the
//     first large batch.
//   - An error arrives with the class, subject, setting and hint it left with.
package wire

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go-grpc_out=. --go-grpc_opt=paths=source_relative ferry.proto

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

// The handshake: what go-plugin calls the magic cookie, so that a plugin run by hand says so.
const (
	Protocol    = 1
	CookieKey   = "CHATFERRY_PLUGIN"
	CookieValue = "5b1e0c56c0f64ff2a0a1c3f5d9a4c3b7"
)

// Limits.
const (
	MaxMessage = 64 << 20 // of one gRPC message
	MaxOpaque  = 64 << 10 // of a cursor, a receipt, a shard's params
	window     = 4 << 20  // how much of one stream may be under way
	buffer     = 128 << 10

	heartbeat = 5 * time.Second // how often a host may ask for a sign of life
)

// ServerOptions are what a plugin's gRPC server is made with.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxMessage),
		grpc.StaticStreamWindowSize(window), grpc.StaticConnWindowSize(window),
		grpc.ReadBufferSize(buffer), grpc.WriteBufferSize(buffer),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: heartbeat}),
	}
}

// DialOptions are what the host's gRPC client is made with.
func DialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxMessage), grpc.MaxCallSendMsgSize(MaxMessage)),
		grpc.WithStaticStreamWindowSize(window), grpc.WithStaticConnWindowSize(window),
		grpc.WithReadBufferSize(buffer), grpc.WithWriteBufferSize(buffer),
		grpc.WithDisableServiceConfig(), grpc.WithNoProxy(),
	}
}
