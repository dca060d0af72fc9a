package app_test

import (
	"net/http"
	"sync"
	"testing"

	"zhian/app/apptest"
)

// A call that is sent many times at once under one key becomes one incident, and
// nobody is told of a fault of ours.
func TestOneCallSentManyTimesAtOnce(t *testing.T) {
	each(t, func(h *apptest.House) {
		newCounty(h)
		var callers sync.WaitGroup
		answers := make([]int, 16)
		for i := range answers {
			callers.Go(func() {
				answers[i] = h.Rush("centre", "POST", "/v1/incidents", `{"kind_code":"4","address":"somewhere"}`, [2]string{"Idempotency-Key", "one call"}).Status
			})
		}
		callers.Wait()
		for _, code := range answers {
			if code != http.StatusCreated && code != http.StatusConflict {
				h.Errorf("answered %v", answers)
				break
			}
		}
		if board := h.Ask("centre", 200, "GET", "/v1/board", "")["items"].([]any); len(board) != 1 {
			h.Errorf("%d incidents of one call, answers %v", len(board), answers)
		}
	})
}
