package stat

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestQuantileIsType7(t *testing.T) {
	// The expected values are those of R's quantile(x, p, type = 7).
	for _, c := range []struct {
		seconds  []int64
		permille int
		want     float64
	}{
		{[]int64{7}, 500, 7},
		{[]int64{7}, 950, 7},
		{[]int64{1, 2}, 500, 1.5},
		{[]int64{1, 2, 3, 4}, 500, 2.5},
		{[]int64{1, 2, 3, 4}, 250, 1.75},
		{[]int64{1, 2, 3, 4}, 900, 3.7},
		{[]int64{0, 10, 20, 30, 40, 50, 60, 70, 80, 90}, 950, 85.5},
		{[]int64{5, 5, 5, 9}, 0, 5},
		{[]int64{5, 5, 5, 9}, 1000, 9},
		{[]int64{-4, 0, 3}, 250, -2},
	} {
		if got := Quantile(c.seconds, c.permille); got != c.want {
			t.Errorf("Quantile(%v, %d) = %v, want %v", c.seconds, c.permille, got, c.want)
		}
	}
}

func TestQuantileStaysInsideAndRises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.SliceOfN(rapid.Int64Range(-1e6, 1e6), 1, 50).Draw(t, "seconds")
		slices.Sort(seconds)
		last := math.Inf(-1)
		for permille := 0; permille <= 1000; permille += 50 {
			value := Quantile(seconds, permille)
			if value < last {
				t.Fatalf("quantile %d is %v, below %v", permille, value, last)
			}
			last = value
		}
		if Quantile(seconds, 0) != float64(seconds[0]) || last != float64(seconds[len(seconds)-1]) {
			t.Fatal("the ends are not the least and the greatest")
		}
	})
}

func TestWilsonVectors(t *testing.T) {
	file, err := os.Open("testdata/wilson.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) < 5 {
		t.Fatal(len(rows), err)
	}
	for _, row := range rows[1:] {
		hits, n, _ := strings.Cut(row[1], "/")
		k, _ := strconv.Atoi(hits)
		size, _ := strconv.Atoi(n)
		i := Wilson95(k, size)
		if got := fmt.Sprintf("%.4f;%.4f", i.Low, i.High); got != row[2] {
			t.Errorf("Wilson95(%s) = %s, want %s", row[1], got, row[2])
		}
	}
}

func TestWilsonHoldsItsRate(t *testing.T) {
	if Wilson95(0, 0) != (Interval{0, 1}) {
		t.Error("nothing seen must mean nothing known")
	}
	for n := 1; n <= 200; n++ {
		for k := 0; k <= n; k++ {
			i, rate := Wilson95(k, n), float64(k)/float64(n)
			if i.Low < 0 || i.High > 1 || i.Low > rate || i.High < rate {
				t.Fatalf("Wilson95(%d, %d) = %+v does not hold %v inside 0..1", k, n, i, rate)
			}
		}
	}
}

func TestManyIntervalsAtOnceAreWider(t *testing.T) {
	// Quantiles 0.975, 0.9875 and 1 - 0.05/30 of the normal distribution.
	for count, want := range map[int]float64{0: 1.959964, 1: 1.959964, 2: 2.241403, 15: 2.935199} {
		if got := Simultaneous(count); math.Abs(got-want) > 1e-6 {
			t.Errorf("%d intervals: z = %.6f, want %.6f", count, got, want)
		}
	}
	one, many := Wilson95(80, 100), Wilson(80, 100, Simultaneous(15))
	if many.Low >= one.Low || many.High <= one.High {
		t.Errorf("%+v is not wider than %+v", many, one)
	}
}

func TestTooFew(t *testing.T) {
	if !TooFew(29) || TooFew(30) {
		t.Error("the border is 30: 29 is too few, 30 is enough")
	}
}
