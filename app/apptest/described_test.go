package apptest

import (
	"bytes"
	"net/http"
	"testing"
)

func TestDescriptionRefusesOtherAnswers(t *testing.T) {
	d, err := ReadDescription()
	if err != nil {
		t.Fatal(err)
	}
	whole := Answer{Status: 200, Route: "GET /v1/about", Header: http.Header{"Content-Type": {"application/json"}},
		Body: []byte(`{"name":"zhian","version":"1","demo":false,"speed":1,"now":"2026-05-06T01:00:00Z","zone":"Asia/Shanghai"}`)}
	if err := d.Check(whole); err != nil {
		t.Error(err)
	}
	for what, spoil := range map[string]func(a *Answer){
		"a member less":   func(a *Answer) { a.Body = []byte(`{"name":"zhian"}`) },
		"another type":    func(a *Answer) { a.Body = bytes.Replace(a.Body, []byte(`1,"now"`), []byte(`"1","now"`), 1) },
		"no moment":       func(a *Answer) { a.Body = bytes.Replace(a.Body, []byte("T01:"), []byte(" 01:"), 1) },
		"another status":  func(a *Answer) { a.Status = 201 },
		"a bare refusal":  func(a *Answer) { a.Status, a.Body = 404, []byte(`{"error":"x"}`) },
		"an unknown path": func(a *Answer) { a.Route = "GET /v1/nowhere" },
	} {
		a := whole
		spoil(&a)
		if d.Check(a) == nil {
			t.Errorf("%s went through", what)
		}
	}
}
