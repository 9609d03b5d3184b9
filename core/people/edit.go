package people

import (
	"errors"
	"fmt"

	"github.com/chatferry/chatferry/core/fault"
)

// Edit replaces what becomes of a listed person: action, account and address. The map stays as it was
// when the change would break a rule; the error says which. Call it after Suggest.
func (m *Map) Edit(key, action, account, email string) error {
	e := m.byID[key]
	if e == nil {
		return fault.New(fault.Config, "edit people", key, "choose one of the people in the list", errors.New("nobody has this key"))
	}
	switch action {
	case Create, Existing, Placeholder, Bot, Merge:
	default:
		return m.bad(e, "the actions are create, existing, placeholder, bot and merge", fmt.Errorf("the action %q is not known", action))
	}
	before := *e
	e.Action, e.Account, e.Email, e.Note = action, account, email, "edited"
	if err := m.settle(); err != nil {
		*e = before
		return err
	}
	return nil
}
