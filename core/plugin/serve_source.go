package plugin

import (
	"strings"

	"github.com/chatferry/chatferry/core/plugin/wire"
)

type sourceServer struct {
	wire.UnimplementedSourceServer
	*server
}

func (s *sourceServer) Discover(_ *wire.Discover_Request, stream wire.Source_DiscoverServer) error {
	src, err := opened(s.server, &s.source)
	if err != nil {
		return err
	}
	return src.Discover(stream.Context(), func(sh Shard) error {
		if err := sh.Check(); err != nil {
			return err
		}
		return stream.Send(&wire.Discover_Response{Shard: sh.Wire()})
	})
}

func (s *sourceServer) Read(req *wire.Read_Request, stream wire.Source_ReadServer) error {
	src, err := opened(s.server, &s.source)
	if err != nil {
		return err
	}
	out := NewEmitter(stream.Context(), string(req.Spool), func(b *Batch) error {
		return stream.Send(&wire.Read_Response{Part: &wire.Read_Response_Batch{Batch: b.wire()}})
	})
	out.Reuse() // Send encodes before it returns
	if req.BatchBytes > 0 {
		out.SetBatch(int(req.BatchBytes))
	}
	if err := src.Read(stream.Context(), ShardOf(req.Shard), Cursor(req.Cursor), out); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return stream.Send(&wire.Read_Response{Part: &wire.Read_Response_End{End: &wire.End{Read: out.batch.Read}}})
}

// Wire is the shard as it crosses the border. Hosts call it.
func (s Shard) Wire() *wire.Shard {
	return &wire.Shard{Id: s.ID, Label: valid(s.Label), Directory: s.Directory, Records: s.Records, Bytes: s.Bytes, Fingerprint: valid(s.Fingerprint), Params: s.Params}
}

// ShardOf is the inverse of Shard.Wire.
func ShardOf(w *wire.Shard) Shard {
	return Shard{ID: w.GetId(), Label: w.GetLabel(), Directory: w.GetDirectory(), Records: w.GetRecords(), Bytes: w.GetBytes(), Fingerprint: w.GetFingerprint(), Params: w.GetParams()}
}

func (b *Batch) wire() *wire.Batch {
	w := &wire.Batch{Seq: b.Seq, Lines: b.Lines, Count: uint32(b.Count), Cursor: b.Cursor, Read: b.Read}
	for _, r := range b.Rejects {
		w.Rejects = append(w.Rejects, &wire.Reject{Key: valid(r.Key), Reason: valid(r.Reason), Detail: valid(r.Detail), Bytes: r.Bytes, Spool: r.Spool,
			At: &wire.Place{File: valid(r.At.File), Index: r.At.Index, Offset: r.At.Offset, Length: r.At.Length, Sha256: r.At.SHA256}})
	}
	return w
}

// BatchOf is a batch as a host receives it.
func BatchOf(w *wire.Batch) *Batch {
	b := &Batch{Seq: w.Seq, Lines: w.Lines, Count: int(w.Count), Cursor: w.Cursor, Read: w.Read}
	for _, r := range w.Rejects {
		x := Reject{Key: r.Key, Reason: r.Reason, Detail: r.Detail, Bytes: r.Bytes, Spool: r.Spool}
		if p := r.At; p != nil {
			x.At.File, x.At.Index, x.At.Offset, x.At.Length, x.At.SHA256 = p.File, p.Index, p.Offset, p.Length, p.Sha256
		}
		b.Rejects = append(b.Rejects, x)
	}
	return b
}

// valid is what protobuf takes as a string; the records themselves are treated the same.
func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
