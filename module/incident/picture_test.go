package incident

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// photo is a JPEG of so many pixels with what a camera writes beside it.
func photo(t testing.TB, w, h int) []byte {
	t.Helper()
	full := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			full.Set(x, y, color.RGBA{uint8(x), uint8(y), 90, 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, full, nil); err != nil {
		t.Fatal(err)
	}
	exif := []byte("\xff\xe1\x00\x14Exif\x00\x00secret-place")
	note := []byte("\xff\xfe\x00\x0ccamera no7")
	behind := []byte("behind the end")
	return slices.Concat(out.Bytes()[:2], exif, note, out.Bytes()[2:], behind)
}

func TestAPictureIsKeptSealedAndShownForAPurpose(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street"})
		if _, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: []string{"u1"}}); err != nil {
			d.Fatal(err)
		}
		d.wait(10 * time.Minute)
		ctx := httpapi.As(d.Context(), httpapi.Principal{UserID: "officer1", DeviceID: "handset 7"})
		raw := photo(d, 400, 300)
		show := func() (Incident, error) {
			return d.AddPicture(ctx, Showing{When: When{ID: in.ID, Counter: 1, OccurredAt: t0.Add(8 * time.Minute), Source: "handset"}, UnitID: "u1", No: 1, Content: raw, TakenAt: t0.Add(8 * time.Minute), Position: &Position{Lat: 28.9, Lon: 120.04}})
		}
		for range 3 { // the answer was lost twice
			if got, err := show(); err != nil || got.Version() != 3 {
				d.Fatalf("version %d, %v", got.Version(), err)
			}
		}
		page, err := d.Timeline(d.ctx, Lines{ID: in.ID})
		if err != nil || len(page.Items) != 3 {
			d.Fatalf("%d, %v", len(page.Items), err)
		}
		p := page.Items[2].Detail.Picture
		whole := d.picture(func() (httpapi.File, error) {
			return d.Look(d.ctx, Looking{OnePicture: OnePicture{in.ID, p.ID}, Purpose: "case_handling"})
		})
		if sum := sha256.Sum256(whole); hex.EncodeToString(sum[:]) != p.SHA256 || p.Bytes != len(whole) || p.Width != 400 || p.Height != 300 || p.Position == nil {
			d.Errorf("%+v", p)
		}
		for _, secret := range []string{"Exif", "secret-place", "camera no7", "behind"} {
			if bytes.Contains(whole, []byte(secret)) {
				d.Errorf("the picture still says %q", secret)
			}
		}
		if len(d.n.revealed) != 1 || d.n.revealed[0] != "incident-picture/"+p.ID+" incident.picture case_handling dispatcher" {
			d.Errorf("%q", d.n.revealed)
		}
		small, err := jpeg.DecodeConfig(bytes.NewReader(d.picture(func() (httpapi.File, error) { return d.Thumbnail(d.ctx, OnePicture{in.ID, p.ID}) })))
		if err != nil || max(small.Width, small.Height) > thumbSide || small.Width < 100 {
			d.Errorf("%+v, %v", small, err)
		}
		stored, err := sqldb.One(d.Context(), d.DB, Queries["Picture"], func(r sqldb.Scanner) (b []byte, err error) { err = r.Scan(&b); return b, err }, in.ID, p.ID)
		if err != nil || bytes.Contains(stored, whole[len(whole)/2:len(whole)/2+32]) {
			d.Errorf("the table holds it in clear: %v", err)
		}
		d.refusedPictures(in.ID, p.ID)
	})
}

func (d *desk) picture(ask func() (httpapi.File, error)) []byte {
	d.Helper()
	var out bytes.Buffer
	f, err := ask()
	if err == nil {
		err = f.Write(&out)
	}
	if err != nil || f.Type != "image/jpeg" {
		d.Fatal(f.Type, err)
	}
	return out.Bytes()
}

// refusedPictures asks for what nobody gets.
func (d *desk) refusedPictures(id ID, picture string) {
	d.Helper()
	other := d.receive(Intake{Address: "2 Market Street"})
	for key, ask := range map[string]func() error{
		"incident.not_found": func() error {
			_, err := d.Thumbnail(d.as("stranger"), OnePicture{id, picture})
			return err
		},
		"incident.no_such_picture": func() error {
			_, err := d.Thumbnail(d.ctx, OnePicture{other.ID, picture}) // of another incident
			return err
		},
		"incident.picture_gone": func() error {
			if err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error { return d.Vault.Shred(tx, pictureSubject(picture)) }); err != nil {
				return err
			}
			_, err := d.Look(d.ctx, Looking{OnePicture: OnePicture{id, picture}, Purpose: "case_handling"})
			return err
		},
		"incident.picture_not_jpeg": func() error {
			_, err := d.AddPicture(d.ctx, Showing{When: When{ID: id}, Content: []byte("\x89PNG, or so it says")})
			return err
		},
		"incident.picture_too_large": func() error {
			_, err := d.AddPicture(d.ctx, Showing{When: When{ID: id}, Content: photo(d, 4200, 2)})
			return err
		},
	} {
		if err := ask(); fault.KeyOf(err) != key {
			d.Errorf("%v, want %s", err, key)
		}
	}
	d.wait(pictureKept + time.Hour)
	if n, err := d.DB.Sweep(d.Context(), d.now, Retention[0]); err != nil || n != 1 {
		d.Errorf("%d swept, %v", n, err)
	}
}

func TestOnlySoManyPictures(t *testing.T) {
	each(t, func(d *desk) {
		in, small := d.receive(Intake{Address: "1 Market Street"}), photo(t, 8, 8)
		for i := range picturesMost + 1 {
			_, err := d.AddPicture(d.ctx, Showing{When: When{ID: in.ID}, Content: small})
			if (err == nil) != (i < picturesMost) || err != nil && fault.KeyOf(err) != "incident.too_many_pictures" {
				d.Fatalf("%d: %v", i, err)
			}
		}
	})
}

// Whatever is cut off or turned over, a picture is refused or shown, and nothing
// that it carried beside is kept.
func TestABrokenPictureIsRefused(t *testing.T) {
	whole, random := photo(t, 40, 30), rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		some := slices.Clone(whole[:random.IntN(len(whole)+1)])
		for range random.IntN(4) {
			if len(some) > 0 {
				some[random.IntN(len(some))] = byte(random.IntN(256))
			}
		}
		if clean, known := bare(some); known && len(clean) > len(some) {
			t.Fatalf("%d bytes of %d", len(clean), len(some))
		}
	}
}

// Who was sent may read and tell, whichever station answers for the place; nobody
// else of another station may.
func TestTheCrewSeesWhatItWasSentTo(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "2 West Street", Contact: &Contact{Phone: "13800000000"}}) // of S2
		crew := httpapi.As(d.Context(), httpapi.Principal{UserID: "local", DeviceID: "handset 7"})
		if _, err := d.Get(crew, ByID{in.ID}); fault.KeyOf(err) != "incident.not_found" {
			d.Fatal(err)
		}
		if err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error {
			m, err := in.Assign("u1", []string{"local"}, false, "", d.now)
			if err == nil {
				_, err = d.record(d.ctx, tx, in.Incident, []Move{m}, "test", d.now)
			}
			return err
		}); err != nil {
			d.Fatal(err)
		}
		d.wait(time.Minute)
		press := Press{When: When{ID: in.ID, Counter: 1, OccurredAt: d.now}, UnitID: "u1", No: 1, Step: StepAcknowledged}
		if got, err := d.Advance(crew, press); err != nil || got.Status != StatusAcknowledged {
			d.Errorf("%s, %v", got.Status, err)
		}
		_, read := d.Get(crew, ByID{in.ID})
		_, shown := d.Reveal(crew, Revealing{ID: in.ID, Purpose: "call_back"})
		_, sent := d.Dispatch(crew, Order{When: When{ID: in.ID}, UnitIDs: []string{"u2"}})
		if read != nil || shown != nil || fault.KeyOf(sent) != "incident.not_found" {
			d.Errorf("%v, %v, %v", read, shown, sent)
		}
	})
}
