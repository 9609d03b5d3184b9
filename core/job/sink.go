package job

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/people"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/projection"
)

// sink is a sink with what the host does for it: accounts, names, losses.
type sink struct {
	inst    *pipeline.Instance
	traits  plugin.SinkTraits
	people  *people.Map
	policy  people.Policy
	file    string // of the identity map
	places  *projection.Places
	losses  map[string]projection.Loss
	persons []*message.Person       // slim copies, until ready
	convs   []*message.Conversation // slim copies, until ready
}

// target makes *host.Sink an engine.Target.
type target struct{ *host.Sink }

// Begin starts one unit.
func (t target) Begin(ctx context.Context, s plugin.Shard) (engine.Writer, error) {
	w, err := t.Sink.Begin(ctx, s)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// apart is up to how many sinks each run in a process of their own. With more of them the built-in ones run in
// this one: fifteen processes take a gigabyte for what one does in a quarter of it. Sinks see only records that
// the host has checked; a source, which reads what strangers wrote, is always apart.
const apart = 4

// Together tells how many sinks of a pipeline run in this process.
func Together(f *pipeline.File, p *pipeline.Pipeline) (n int) {
	for _, inst := range p.To {
		if Ref(f, inst.Plugin).Path == "" {
			n++
		}
	}
	if n <= apart {
		return 0
	}
	return n
}

func (j *Job) addSink(ctx context.Context, inst *pipeline.Instance) error {
	ref := j.ref(inst.Plugin)
	ref.Here = ref.Path == "" && Together(j.opts.File, j.opts.Pipeline) > 0
	m, err := j.opts.Host.Describe(ctx, ref)
	if err != nil {
		return err
	}
	if m.Sink == nil {
		return fault.New(fault.Config, "open", inst.Plugin, "\"chatferry plugins\" tells what each plugin can do", fmt.Errorf("this plugin is no sink"))
	}
	s := &sink{inst: inst, traits: *m.Sink, people: people.New(), losses: map[string]projection.Loss{}}
	for _, l := range projection.Losses(m.Sink.Projection) {
		s.losses[l.Field] = l
	}
	var own struct {
		Domains []string `json:"email_domains"`
	}
	_ = json.Unmarshal(inst.Config, &own) // a sink without this setting has no such member
	s.policy.Domains = own.Domains
	open, err := j.opts.Host.OpenSink(ctx, ref, inst.Config)
	if err != nil {
		return err
	}
	j.closers = append(j.closers, open.Close)
	ctxp := projection.Context{}
	if m.Sink.Projection.Account != nil {
		ctxp.Person = func(key string) message.Target { return s.people.Target(key) }
	}
	s.places = projection.NewPlaces(m.Sink.Projection.Place, ctxp.Person)
	if m.Sink.Projection.Place != nil {
		ctxp.Place = s.places.Lookup
	}
	to, err := j.wrap(inst, target{open})
	if err != nil {
		return err
	}
	p, err := projection.Compile(m.Sink.Projection, ctxp)
	if err != nil {
		return fault.New(fault.Bug, "open", inst.Plugin, "report this to the author of the plugin", err)
	}
	j.sinks = append(j.sinks, s)
	j.engine.Sinks = append(j.engine.Sinks, engine.Sink{Name: inst.Name, Dir: inst.Path, Order: m.Sink.Order, ReadBack: m.Sink.ReadBack,
		Roots: m.Sink.Projection.Roots, Whole: m.Sink.Projection.Account != nil || m.Sink.Projection.Place != nil, Projector: p, Forbidden: s.forbidden(), Target: to})
	return nil
}

// listed takes a person or conversation of the directory for every sink that needs accounts and names.
// After ready only people come, whose accounts are derived from their keys.
func (j *Job) listed(r *message.Record) {
	if r.Conversation != nil && j.writing {
		j.keepName(r.Conversation)
	}
	for _, s := range j.sinks {
		switch {
		case r.Person != nil && s.traits.Projection.Account != nil && !j.settled:
			s.persons = append(s.persons, slimPerson(r.Person))
		case r.Conversation != nil && s.traits.Projection.Place != nil && !j.settled:
			s.convs = append(s.convs, slimConversation(r.Conversation))
		}
	}
}

func slimPerson(p *message.Person) *message.Person {
	c := &message.Person{Key: strings.Clone(p.Key), ID: strings.Clone(p.ID), Kind: strings.Clone(p.Kind), Username: strings.Clone(p.Username),
		Name: strings.Clone(p.Name), RealName: strings.Clone(p.RealName), Deactivated: p.Deactivated, External: p.External, Synthesised: p.Synthesised}
	for _, e := range p.Emails {
		c.Emails = append(c.Emails, strings.Clone(e))
	}
	return c
}

func slimConversation(v *message.Conversation) *message.Conversation {
	c := &message.Conversation{Key: strings.Clone(v.Key), ID: strings.Clone(v.ID), Kind: strings.Clone(v.Kind), Parent: strings.Clone(v.Parent),
		Name: strings.Clone(v.Name), DisplayName: strings.Clone(v.DisplayName)}
	for _, p := range v.Participants {
		c.Participants = append(c.Participants, strings.Clone(p))
	}
	return c
}

// ready settles accounts and names once the whole directory is known. The identity map is written
// beside the output, for review and for the next run.
func (j *Job) ready() error {
	j.settled = true
	for _, s := range j.sinks {
		if s.traits.Projection.Account != nil {
			if err := s.settlePeople(j.writing); err != nil {
				return &Placed{s.inst.Address(), err}
			}
		}
		if s.traits.Projection.Place != nil {
			if err := s.settlePlaces(j.engine.State, j.writing); err != nil {
				return &Placed{s.inst.Address(), err}
			}
		}
		s.persons, s.convs = nil, nil
	}
	if j.writing {
		if err := j.saveNames(); err != nil {
			return err
		}
	}
	for _, t := range j.transforms {
		warnings, err := t.unmatched()
		if err != nil {
			return &Placed{t.address, err}
		}
		for _, w := range warnings {
			j.opts.Progress.Log(progress.Warn, t.address+": "+w.String())
		}
	}
	return nil
}

// peopleFile is where the identity map of a sink is: beside its output, with the sink's name in it
// when there are several.
func (j *Job) peopleFile(s *sink) string {
	n := 0
	for _, other := range j.sinks {
		if other.traits.Projection.Account != nil {
			n++
		}
	}
	switch {
	case j.opts.People != "" && n == 1:
		return j.opts.People
	case n > 1:
		return filepath.Join(j.Out(), "people-"+s.inst.Name+".csv")
	}
	return filepath.Join(j.Out(), "people.csv")
}

// maps is a digest of the identity maps as they stand in their files.
func (j *Job) maps() string {
	h, n := sha256.New(), 0
	for _, s := range j.sinks {
		if s.traits.Projection.Account == nil {
			continue
		}
		if b, err := os.ReadFile(s.file); err == nil {
			n++
			fmt.Fprintf(h, "%s %d\n", s.inst.Name, len(b))
			h.Write(b)
		}
	}
	if n == 0 {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (s *sink) settlePeople(save bool) error {
	m, err := people.Load(s.file)
	if err != nil {
		return err
	}
	if err := m.Suggest(*s.traits.Projection.Account, s.policy, slices.Values(s.persons)); err != nil {
		return err
	}
	*s.people = *m
	if !save {
		return nil
	}
	return s.people.Save(s.file)
}

// settlePlaces gives conversations their names in the target; names that an earlier run gave stay.
func (s *sink) settlePlaces(state string, save bool) error {
	path := filepath.Join(state, "places-"+s.inst.Name+".tsv")
	if f, err := os.Open(path); err == nil {
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if key, name, ok := strings.Cut(lines.Text(), "\t"); ok {
				s.places.Keep(key, name)
			}
		}
		f.Close()
	}
	for _, c := range s.convs {
		s.places.Add(c)
	}
	s.places.Settle()
	if !save {
		return nil
	}
	err := plugin.WriteFileAtomic(path, func(w io.Writer) error {
		var err error
		s.places.Each(func(key, name string) {
			if err == nil {
				_, err = fmt.Fprintf(w, "%s\t%s\n", key, name)
			}
		})
		return err
	})
	if err != nil {
		return fault.New(fault.Storage, "write", path, "free some disk space or make the folder writable, then run again: it resumes", err)
	}
	return nil
}

// peopleNotes tells per sink, in words, what the identity map says.
func (j *Job) peopleNotes() map[string][]string {
	notes := map[string][]string{}
	for _, s := range j.sinks {
		if s.traits.Projection.Account == nil {
			continue
		}
		count := map[string]int64{}
		for _, e := range s.people.Entries() {
			count[e.Action]++
		}
		for _, action := range []string{people.Create, people.Existing, people.Placeholder, people.Bot, people.Merge} {
			if n := count[action]; n > 0 {
				notes[s.inst.Name] = append(notes[s.inst.Name], plural(n, "person", "people")+": "+action)
			}
		}
		notes[s.inst.Name] = append(notes[s.inst.Name], "the map is written to "+s.file+" when the run starts; \"plan --people-map FILE\" writes it for review before")
	}
	return notes
}

// SavePeople writes the identity map that a plan suggested to a file.
func (j *Job) SavePeople(path string) error {
	for _, s := range j.sinks {
		if s.traits.Projection.Account != nil {
			return s.people.Save(path)
		}
	}
	return fault.New(fault.Config, "write", path, "leave --people-map out", fmt.Errorf("no sink of this pipeline has accounts"))
}
