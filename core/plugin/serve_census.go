package plugin

import (
	"encoding/json"

	"github.com/chatferry/chatferry/core/census"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin/wire"
)

// censusBatch is how many members travel together.
const censusBatch = 1000

// Census counts in a process in which nothing was opened.
func (s *sourceServer) Census(req *wire.Census_Request, stream wire.Source_CensusServer) error {
	k := s.plugin.Source
	if k == nil || k.Census == nil {
		return protocolError("it has no census")
	}
	resp := new(wire.Census_Response)
	facts, err := k.Census(stream.Context(), req.Config, req.Count, func(m census.Member) error {
		resp.Members = append(resp.Members, &wire.Census_Member{Path: valid(m.Path), Size: m.Size, State: string(m.State), Rule: valid(m.Rule), Elements: m.Elements, Broken: valid(m.Broken)})
		if len(resp.Members) < censusBatch {
			return nil
		}
		err := stream.Send(resp)
		resp = new(wire.Census_Response)
		return err
	})
	if err != nil {
		if stream.Context().Err() != nil {
			return err
		}
		return fault.New(fault.Config, "count", "dump", "check that the dump is where it was and may be read", err)
	}
	if resp.Facts, err = json.Marshal(facts); err != nil {
		return err
	}
	return stream.Send(resp)
}
