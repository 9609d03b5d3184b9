package job

import "testing"

// TestDepartmentsCountWhatIsBelowThem compares with what the filter takes for a department.
func TestDepartmentsCountWhatIsBelowThem(t *testing.T) {
	who := items{}
	for key, list := range map[string][]string{"a": {"Legal"}, "b": {"Legal/Contracts", "Legal"}, "c": {"Sales, EMEA"}, "d": nil} {
		who.name(key, key, "human", key)
		who.with(key, list)
		who.add(key, 10)
	}
	got := map[string]int64{}
	for _, d := range who.departments().list() {
		got[d.Ref] = d.Messages
	}
	if len(got) != 2 || got["Legal"] != 20 || got["Legal/Contracts"] != 10 {
		t.Errorf("%v", got)
	}
}
