package incident

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"zhian/platform/crypto"
	"zhian/platform/fault"
)

var t0 = time.Date(2026, 3, 1, 23, 58, 0, 0, time.UTC)

// story builds an incident move by move, as the service does.
type story struct {
	t       *testing.T
	in      Incident
	entries []Entry
}

func newStory(t *testing.T) *story {
	s := &story{t: t, in: Incident{ID: "I1"}}
	at := Placing{Address: "somewhere", StationID: "S1"}
	s.do(Receive(Call{KindCode: "4", Priority: 2, Placing: at, CallTaker: "c1"}, crypto.Sealed[Contact]{}, t0), nil)
	return s
}

func (s *story) do(m Move, err error) *story {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	e := Entry{IncidentID: s.in.ID, Seq: s.in.EntryCount + 1, Kind: m.Kind, OccurredAt: m.OccurredAt, RecordedAt: t0.Add(time.Hour), Detail: m.Detail}
	s.entries = append(s.entries, e)
	s.in = s.in.Apply(e)
	return s
}

func (s *story) refuse(key string, _ Move, err error) {
	s.t.Helper()
	if fault.KeyOf(err) != key || err == nil {
		s.t.Errorf("got %v, want %s", err, key)
	}
}

func (s *story) status(want Status) {
	s.t.Helper()
	if s.in.Status != want {
		s.t.Errorf("status %s, want %s", s.in.Status, want)
	}
}

func after(d time.Duration) time.Time { return t0.Add(d) }

func TestStatusIsThatOfTheFurthestUnit(t *testing.T) {
	s := newStory(t)
	s.status(StatusReceived)
	s.do(s.in.Assign("u1", nil, false, "", after(time.Minute)))
	s.do(s.in.Assign("u2", nil, false, "", after(2*time.Minute)))
	s.status(StatusDispatched)
	s.do(s.in.Advance("u1", StepOnScene, after(5*time.Minute)))
	s.status(StatusOnScene)
	s.do(s.in.Assign("u3", nil, false, "", after(6*time.Minute)))
	s.status(StatusOnScene) // a second assignment never takes it back
	s.do(s.in.Unassign("u1", "needed elsewhere", after(7*time.Minute)))
	s.status(StatusDispatched)
}

func TestReservedUnitIsNotOnItsWay(t *testing.T) {
	s := newStory(t)
	s.do(s.in.Assign("u1", nil, true, "", after(time.Minute)))
	s.status(StatusReceived)
	move, err := s.in.Advance("u1", StepAcknowledged, after(2*time.Minute))
	s.refuse("incident.unit_only_reserved", move, err)
	s.do(s.in.Assign("u1", []string{"o1"}, false, "", after(3*time.Minute)))
	if len(s.in.Assignments) != 1 || s.in.Assignments[0].State != StepDispatched {
		t.Errorf("%+v", s.in.Assignments)
	}
}

// A handset without network sends its presses late and in any order: the first
// arrival is the earliest one, and the state only moves forward.
func TestLateAndOutOfOrderSteps(t *testing.T) {
	s := newStory(t)
	s.do(s.in.Assign("u1", nil, false, "", after(time.Minute)))
	s.do(s.in.Advance("u1", StepOnScene, after(9*time.Minute)))
	s.do(s.in.Advance("u1", StepAcknowledged, after(2*time.Minute)))
	s.do(s.in.Advance("u1", StepOnScene, after(7*time.Minute)))
	a := s.in.Assignments[0]
	if a.State != StepOnScene || !a.OnSceneAt.Equal(after(7*time.Minute)) || !a.AckedAt.Equal(after(2*time.Minute)) {
		t.Errorf("%+v", a)
	}
	move, err := s.in.Advance("u1", StepOnScene, after(8*time.Minute))
	s.refuse("incident.already_on_scene", move, err)
}

func TestClosedIncidentTakesOnlyLateNews(t *testing.T) {
	s := newStory(t)
	s.do(s.in.Assign("u1", nil, false, "", after(time.Minute)))
	s.do(s.in.Close("settled_on_scene", after(time.Hour)))
	s.status(StatusClosed)
	if s.in.Assignments[0].State != StepCleared {
		t.Errorf("the unit is still %s", s.in.Assignments[0].State)
	}
	move, err := s.in.Assign("u2", nil, false, "", after(2*time.Hour))
	s.refuse("incident.not_open_closed", move, err)
	s.do(s.in.Advance("u1", StepOnScene, after(6*time.Minute)))
	s.status(StatusClosed)
	if !s.in.Assignments[0].OnSceneAt.Equal(after(6 * time.Minute)) {
		t.Error("the late arrival is lost")
	}
	s.do(s.in.Reopen("came back", after(3*time.Hour)))
	s.status(StatusReceived)
}

func TestMergeKeepsUnitsFromVanishing(t *testing.T) {
	one, two := newStory(t), newStory(t)
	two.in.ID = "I2"
	one.do(one.in.Assign("u1", nil, false, "", after(time.Minute)))
	if _, _, err := one.in.Merge(two.in, "", after(2*time.Minute)); fault.KeyOf(err) != "incident.units_still_assigned" {
		t.Errorf("got %v", err)
	}
	if _, _, err := two.in.Merge(two.in, "", after(2*time.Minute)); fault.KeyOf(err) != "incident.merge_with_itself" {
		t.Errorf("got %v", err)
	}
	gone, grown, err := two.in.Merge(one.in, "", after(2*time.Minute))
	two.do(gone, err)
	one.do(grown, nil)
	two.status(StatusMerged)
	one.status(StatusDispatched)
	if two.in.MergedInto != "I1" || len(one.in.Absorbed) != 1 {
		t.Errorf("%+v %+v", two.in, one.in)
	}
}

func TestCorrectionReplacesATimeAndKeepsTheWrongOne(t *testing.T) {
	s := newStory(t)
	s.do(s.in.Assign("u1", nil, false, "", after(time.Minute)))
	s.do(s.in.Advance("u1", StepOnScene, after(20*time.Minute)))
	s.do(s.in.Correct(Detail{Field: "on_scene", UnitID: "u1", At: after(6 * time.Minute), Reason: "pressed late"}, after(time.Hour)))
	if !s.in.Assignments[0].OnSceneAt.Equal(after(6 * time.Minute)) {
		t.Errorf("%+v", s.in.Assignments[0])
	}
	move, err := s.in.Advance("u1", StepOnScene, after(5*time.Minute))
	s.refuse("incident.already_on_scene", move, err) // a press that comes late does not undo a correction
	s.do(s.in.Correct(Detail{Field: "on_scene", UnitID: "u1", At: after(7 * time.Minute), Reason: "the camera says so"}, after(2*time.Hour)))
	if a := s.in.Assignments[0]; !a.OnSceneAt.Equal(after(7*time.Minute)) || len(a.Corrected) != 1 {
		t.Errorf("%+v", a)
	}
	if s.entries[2].OccurredAt != after(20*time.Minute) {
		t.Error("the wrong time has gone from the timeline")
	}
	for _, d := range []Detail{{Field: "nonsense", UnitID: "u1", At: t0}, {Field: "en_route", UnitID: "u1", At: t0}, {Field: "on_scene", UnitID: "u9", At: t0}} {
		move, err := s.in.Correct(d, after(time.Hour))
		s.refuse("incident.nothing_to_correct", move, err)
	}
	move, err = s.in.Correct(Detail{Field: "on_scene", UnitID: "u1", At: after(-time.Minute)}, after(time.Hour))
	s.refuse("incident.before_the_call", move, err)
}

// A click asks for the video, the first packet shows that it came; neither moves
// the unit's state.
func TestVideoKeepsItsBestEvidence(t *testing.T) {
	s := newStory(t)
	s.do(s.in.Assign("u1", nil, true, "", after(time.Minute)))
	move, err := s.in.OpenVideo("u1", EvidenceClick, after(time.Minute))
	s.refuse("incident.unit_only_reserved", move, err)
	s.do(s.in.Assign("u1", nil, false, "", after(time.Minute)))
	for _, c := range []struct {
		evidence string
		at       time.Duration
		refused  bool
	}{
		{EvidenceClick, 150 * time.Second, false},
		{EvidenceClick, 160 * time.Second, true},
		{EvidenceClick, 140 * time.Second, false},
		{EvidenceFirstPacket, 170 * time.Second, false},
		{EvidenceClick, 100 * time.Second, true},
		{EvidenceFirstPacket, 180 * time.Second, true},
		{EvidenceFirstPacket, 165 * time.Second, false},
	} {
		move, err := s.in.OpenVideo("u1", c.evidence, after(c.at))
		if c.refused {
			s.refuse("incident.already_scene_video", move, err)
			continue
		}
		s.do(move, err)
		if a := s.in.Assignments[0]; a.State != StepDispatched || a.VideoBy != c.evidence || !a.VideoAt.Equal(after(c.at)) {
			t.Errorf("after %s at %s: %+v", c.evidence, c.at, a)
		}
	}
	s.status(StatusDispatched)
	s.do(s.in.Correct(Detail{Field: string(StepVideo), UnitID: "u1", At: after(2 * time.Minute)}, after(time.Hour)))
	if a := s.in.Assignments[0]; !a.VideoAt.Equal(after(2*time.Minute)) || a.VideoBy != EvidenceFirstPacket {
		t.Errorf("corrected: %+v", a)
	}
}

func TestTimes(t *testing.T) {
	now := after(0)
	cases := []struct {
		at       time.Time
		backfill bool
		key      string
	}{
		{time.Time{}, false, ""},
		{now.Add(time.Minute), false, ""},
		{now.Add(3 * time.Minute), false, "incident.time_in_the_future"},
		{now.Add(3 * time.Minute), true, "incident.time_in_the_future"},
		{now.Add(-23 * time.Hour), false, ""},
		{now.Add(-25 * time.Hour), false, "incident.time_too_far_back"},
		{now.Add(-9000 * time.Hour), true, ""},
	}
	for _, c := range cases {
		_, err := CheckTime("/occurred_at", c.at, now, c.backfill)
		if (err == nil) != (c.key == "") || err != nil && fault.KeyOf(err) != c.key {
			t.Errorf("%v: got %v, want %q", c.at.Sub(now), err, c.key)
		}
	}
}

// chance is one random legal or illegal wish of somebody.
func (s *story) chance(random *rand.Rand) (Move, error) {
	steps := []Step{StepAcknowledged, StepEnRoute, StepOnScene, StepCleared}
	unit, step := string(rune('a'+random.IntN(3))), steps[random.IntN(len(steps))]
	at := after(time.Duration(random.IntN(3600)) * time.Second)
	switch random.IntN(14) {
	case 0, 1:
		return s.in.Assign(unit, []string{"o"}, random.IntN(4) == 0, "", at)
	case 2, 3, 4, 5:
		return s.in.Advance(unit, step, at)
	case 6:
		return s.in.Unassign(unit, "x", at)
	case 7:
		return s.in.Close("settled", at)
	case 8:
		return s.in.Reopen("x", at)
	case 9:
		return s.in.Correct(Detail{Field: string(step), UnitID: unit, At: at}, after(2*time.Hour))
	case 10:
		return s.in.OpenVideo(unit, []string{EvidenceClick, EvidenceFirstPacket}[random.IntN(2)], at)
	case 11:
		return s.in.Withdraw("x", at)
	case 12:
		m, err := s.in.Advance(unit, StepOnScene, at)
		m.Detail.AlreadyThere = true
		return m, err
	}
	return s.in.Prioritise(1+random.IntN(4), "x", at)
}

// Whatever is decided in whatever order: folding from the start, from the rows as
// the database keeps them, gives what was folded step by step; the incident before
// a step is not touched by it; and an open incident never falls back but by a
// reopening or when a unit is taken off.
func TestFoldingAgainGivesTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		s := newStory(t)
		for range 40 {
			m, err := s.chance(random)
			if err != nil {
				continue
			}
			before, copied := s.in, Fold(s.entries)
			s.do(m, nil)
			if !reflect.DeepEqual(before, copied) {
				t.Fatalf("%s changed the incident before it:\n%+v\n%+v", m.Kind, before, copied)
			}
			fell := before.Status.Open() && s.in.Status.Open() && progress[s.in.Status] < progress[before.Status]
			if fell && m.Kind != KindUnassigned {
				t.Fatalf("%s: from %s back to %s", m.Kind, before.Status, s.in.Status)
			}
			if s.in.row().Status != s.in.Status || s.in.row().EntryCount != int64(len(s.entries)) {
				t.Fatalf("the row says %+v", s.in.row())
			}
		}
		if again := Fold(stored(t, s.entries)); !reflect.DeepEqual(again, s.in) {
			t.Fatalf("folded again:\n%+v\nstep by step:\n%+v", again, s.in)
		}
	}
}

// stored are entries as they come back from the database.
func stored(t *testing.T, entries []Entry) (out []Entry) {
	for _, e := range entries {
		text, err := json.Marshal(e.Detail)
		if err != nil {
			t.Fatal(err)
		}
		e.Detail = Detail{}
		if err := json.Unmarshal(text, &e.Detail); err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

func TestStatusAfterUnitsHaveCleared(t *testing.T) {
	s := newStory(t)
	s.do(s.in.Assign("u1", nil, false, "", after(time.Minute)))
	s.do(s.in.Advance("u1", StepEnRoute, after(2*time.Minute)))
	s.do(s.in.Advance("u1", StepCleared, after(3*time.Minute)))
	s.status(StatusEnRoute) // it turned round; nobody says that it was there
	s.do(s.in.Assign("u2", nil, false, "", after(4*time.Minute)))
	s.do(s.in.Advance("u2", StepOnScene, after(9*time.Minute)))
	s.do(s.in.Advance("u2", StepCleared, after(20*time.Minute)))
	s.status(StatusOnScene)
	s.do(s.in.Assign("u3", nil, true, "", after(21*time.Minute)))
	s.do(s.in.Withdraw("nothing there", after(30*time.Minute)))
	if a := s.in.Assignments[2]; !a.Withdrawn || a.live() {
		t.Errorf("a reserved unit is still booked: %+v", a)
	}
	s.do(s.in.Reopen("again", after(40*time.Minute)))
	s.status(StatusReceived)
	s.do(s.in.Assign("u1", nil, false, "", after(41*time.Minute)))
	s.status(StatusDispatched)
}

func TestRisk(t *testing.T) {
	words := Words{"weapon": {"knife"}, "injury": {"bleeding"}}
	noon, night := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 23, 0, 0, 0, time.UTC)
	cases := []struct {
		c    Circumstances
		want Risk
	}{
		{Circumstances{Narrative: "noise", At: night}, Risk{Level: "low"}},
		{Circumstances{Narrative: "he has a knife", At: noon}, Risk{"high", []string{"weapon"}, 0}},
		{Circumstances{Narrative: "bleeding", At: noon}, Risk{"elevated", []string{"injury"}, 0}},
		{Circumstances{Narrative: "bleeding", At: night}, Risk{"high", []string{"injury", "night"}, 0}},
		{Circumstances{Earlier: 3, At: noon}, Risk{"elevated", []string{"earlier_incidents"}, 3}},
		{Circumstances{Earlier: 2, At: noon}, Risk{Level: "low", Earlier: 2}},
		{Circumstances{Hazards: 1, Serious: true, At: noon}, Risk{"high", []string{"hazard_at_place", "serious_kind"}, 0}},
	}
	for _, c := range cases {
		if got := Judge(c.c, words); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v: got %+v, want %+v", c.c, got, c.want)
		}
	}
}

func TestDeniedWordsAreNoRisk(t *testing.T) {
	words, err := DefaultWords()
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string][]string{
		"两人争吵，无人受伤":       nil,
		"没有受伤，没带刀":        nil,
		"没有人受伤，一人流血":      {"injury"},
		"不知有没有受伤":         {"injury"},
		"问有无持械，说没看清":      {"weapon"},
		"无人受伤，后来说有人受伤":    {"injury"},
		"没人管，着火了":         {"fire"},
		"没带伞，对方拿刀":        {"weapon"},
		"无关人员打架":          {"violence"},
		"对方持械，打架，多人受伤，起火": {"fire", "injury", "violence", "weapon"},
	} {
		if got := Judge(Circumstances{Narrative: text, At: noon}, words).Reasons; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestKindsAndTheirQuestions(t *testing.T) {
	kinds, err := DefaultKinds()
	if err != nil {
		t.Fatal(err)
	}
	words, err := DefaultWords()
	if err != nil {
		t.Fatal(err)
	}
	risky := func(line string) bool {
		return len(Judge(Circumstances{Narrative: line, At: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}, words).Reasons) > 0
	}
	owner, named := map[string]string{}, map[string]string{}
	for code, k := range kinds {
		if other, taken := named[k.Name]; taken && k.CountsAs == "" {
			t.Errorf("%s and %s have one name, and somebody is to choose between them", code, other)
		}
		if k.CountsAs == "" {
			named[k.Name] = code
		}
		if kinds.Counted(code) != code && len(k.Words) > 0 {
			t.Errorf("kind %s is read from a text and counts as another", code)
		}
		if k.English == "" || k.Letters == "" || k.Version == "" || len(k.Questions) == 0 {
			t.Errorf("kind %s lacks something: %+v", code, k)
		}
		for _, w := range k.Words {
			if other, taken := owner[w]; taken {
				t.Errorf("%s means both %s and %s", w, other, code)
			}
			owner[w] = code
		}
		asked := map[string]bool{}
		for _, q := range k.Questions {
			closed := q.Answer == "yes_no"
			if asked[q.ID] || q.Ask == "" || q.AskEnglish == "" || q.Label == "" || closed != (q.Yes != "" && q.No != "") || !closed && q.Answer != "number" && q.Answer != "text" {
				t.Errorf("kind %s: %+v", code, q)
			}
			asked[q.ID] = true
			if risky(q.Label) || risky(q.Label+"："+q.No) {
				t.Errorf("kind %s: %q denies a risk and raises one", code, q.ID)
			}
			if closed && (q.ID == "weapon" || q.ID == "hurt") && !risky(q.Label+"："+q.Yes) {
				t.Errorf("kind %s: %q raises nothing", code, q.ID)
			}
		}
	}
	if err := kinds.put("none", KindOf{}); err == nil {
		t.Error("a kind that there is not has questions")
	}
}

func TestDuplicatesAreNearInPlaceAndTime(t *testing.T) {
	here := Position{Lat: 28.9, Lon: 120.04}
	recent := []Recent{
		{ID: "same place", CalledAt: t0, Position: &here},
		{ID: "200 m north", CalledAt: t0.Add(5 * time.Minute), Position: &Position{Lat: 28.9018, Lon: 120.04}},
		{ID: "400 m east", CalledAt: t0, Position: &Position{Lat: 28.9, Lon: 120.0441}, key: "text/x"},
		{ID: "yesterday", CalledAt: t0.Add(-24 * time.Hour), Position: &here},
		{ID: "31 minutes ago", CalledAt: t0.Add(-31 * time.Minute), Position: &here},
		{ID: "same address", CalledAt: t0.Add(time.Minute), key: "text/x"},
		{ID: "no place", CalledAt: t0},
	}
	for name, c := range map[string]struct {
		p    Placing
		want []ID
	}{
		"point":   {Placing{Position: &here, Key: "text/x"}, []ID{"same place", "same address", "200 m north"}},
		"address": {Placing{Key: "text/x"}, []ID{"400 m east", "same address"}},
		"nothing": {Placing{}, nil},
	} {
		var got []ID
		for _, d := range Duplicates(c.p, t0, recent) {
			got = append(got, d.ID)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
