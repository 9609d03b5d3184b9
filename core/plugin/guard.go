package plugin

import (
	"io"
	"log/slog"
	"os"

	"github.com/chatferry/chatferry/core/plugin/wire"
)

// host is what a plugin process was given to talk to its host, set once by init.
var host struct {
	stdin, stdout *os.File // nil: this process was not started as a plugin
	err           error
}

// StdoutWarning is the log message of a plugin that printed to standard output.
const StdoutWarning = "the plugin prints to standard output, which belongs to the host; copied to standard error"

// init runs before any code of a plugin that imports this package: a single byte printed before
// the handshake would break it.
func init() {
	if os.Getenv(wire.CookieKey) != wire.CookieValue {
		return
	}
	os.Unsetenv(wire.CookieKey) // what the plugin starts is no plugin
	r, w, err := os.Pipe()
	if err != nil {
		host.err = err
		return
	}
	host.stdin, host.stdout, host.err = swapStdio(w)
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	go func() {
		var first [1]byte
		if _, err := io.ReadFull(r, first[:]); err != nil {
			return
		}
		slog.Warn(StdoutWarning)
		os.Stderr.Write(first[:])
		io.Copy(os.Stderr, r)
	}()
}

// lifeline ends the process when the host does: the host alone holds the other end of the pipe,
// so that it closes even when the host is killed.
func lifeline() {
	io.Copy(io.Discard, host.stdin)
	exitGroup()
}
