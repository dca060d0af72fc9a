package incident

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"time"

	"zhian/platform/crypto"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Picture is what the timeline says of a picture; the picture itself lies sealed
// beside it, since people are on it.
type Picture struct {
	ID       string    `json:"id"`
	SHA256   string    `json:"sha256"` // of the bytes as they are handed out, in hex
	Bytes    int       `json:"bytes"`
	Width    int       `json:"width"`
	Height   int       `json:"height"`
	TakenAt  time.Time `json:"taken_at,omitzero"`
	Position *Position `json:"position,omitempty"` // where it was taken, if its author said so
}

// Limits of a picture. A handset makes it smaller before it is sent.
const (
	pictureMost  = 2 << 20 // bytes
	pictureSide  = 4096    // pixels
	thumbSide    = 160     // pixels: enough to know a scene by, not a face
	picturesMost = 60      // of one incident
	pictureKept  = 180 * 24 * time.Hour
	pictureField = "incident.picture"
	thumbField   = "incident.picture.thumb"
	pictureType  = "image/jpeg"
	pictureBody  = pictureMost/3*4 + 16<<10 // of a request: base64, and the rest
)

// pictureSubject names whose key seals a picture: each has one of its own.
func pictureSubject(id string) string { return "incident-picture/" + id }

// Showing is a picture from a scene.
type Showing struct {
	When
	UnitID   string    `json:"unit_id" max:"64"`
	No       int       `json:"no" min:"1"`
	Content  []byte    `json:"content" required:"true"` // JPEG, base64
	TakenAt  time.Time `json:"taken_at"`
	Position *Position `json:"position"`
}

// shot is a picture on its way into the table.
type shot struct {
	Picture
	key        *crypto.Key
	box, small crypto.Sealed[string]
}

// AddPicture adds a picture from the scene. What a camera writes beside a picture (place,
// device, owner) is taken out; time and place are told in words or not at all.
// Faults: Invalid incident.picture_not_jpeg, incident.picture_too_large at
// /content; Conflict incident.too_many_pictures; those of Keep.
func (s *Service) AddPicture(ctx context.Context, x Showing) (Incident, error) {
	made, err := s.develop(x)
	if err != nil {
		return Incident{}, err
	}
	return s.change(ctx, x.When, permRespond, func(tx *sqldb.Tx, in Incident, at time.Time) ([]Move, error) {
		d := Detail{UnitID: x.UnitID, No: x.No, Picture: &made.Picture}
		m, err := moved(KindPicture, at, d), error(nil)
		if x.Counter > 0 {
			m, err = in.Keep(KindPicture, at, d)
		}
		if err != nil {
			return nil, err
		}
		return []Move{m}, s.file(tx, in, made)
	})
}

// file keeps the picture and its key in the transaction of its entry.
func (s *Service) file(tx *sqldb.Tx, in Incident, p shot) error {
	n, err := sqldb.Get(tx, Queries["CountPictures"], sqldb.ScanInt, in.ID)
	if err == nil && n >= picturesMost {
		err = fault.With(fault.New(fault.Conflict, "incident.too_many_pictures"), "max", picturesMost)
	}
	if err == nil {
		err = s.Vault.Keep(tx, p.key)
	}
	if err == nil {
		_, err = tx.Exec(Queries["KeepPicture"], p.ID, in.ID, s.Now().Add(pictureKept).UnixMilli(), p.box, p.small)
	}
	return err
}

// develop checks a picture, cleans it, makes its thumbnail and seals both. It
// takes some ten milliseconds and touches no database.
func (s *Service) develop(x Showing) (p shot, err error) {
	head, err := jpeg.DecodeConfig(bytes.NewReader(x.Content))
	switch {
	case len(x.Content) > pictureMost || err == nil && max(head.Width, head.Height) > pictureSide:
		return p, fault.With(fault.With(fault.At("/content", "incident.picture_too_large"), "bytes", pictureMost), "side", pictureSide)
	case err != nil:
		return p, fault.At("/content", "incident.picture_not_jpeg")
	}
	clean, known := bare(x.Content)
	full, err := jpeg.Decode(bytes.NewReader(clean))
	if !known || err != nil {
		return p, fault.At("/content", "incident.picture_not_jpeg")
	}
	var small bytes.Buffer
	if err := jpeg.Encode(&small, shrunk(full, thumbSide), &jpeg.Options{Quality: 70}); err != nil {
		return p, err
	}
	sum := sha256.Sum256(clean)
	p.Picture = Picture{ID: s.IDs.Next(), SHA256: hex.EncodeToString(sum[:]), Bytes: len(clean), Width: head.Width, Height: head.Height,
		TakenAt: x.TakenAt.UTC().Truncate(time.Millisecond), Position: x.Position}
	if p.key, err = s.Vault.NewKey(pictureSubject(p.ID), s.Now().Add(pictureKept)); err != nil {
		return p, err
	}
	if p.box, err = crypto.Seal(p.key, pictureField, string(clean)); err != nil {
		return p, err
	}
	p.small, err = crypto.Seal(p.key, thumbField, small.String())
	return p, err
}

// Segments of a JPEG (ITU-T T.81 table B.1) that say nothing of the picture itself.
const (
	markStart, markEnd, markScan = 0xd8, 0xd9, 0xda
	markApp0, markApp14, markApp = 0xe0, 0xee, 0xef
	markComment                  = 0xfe
)

// bare is a JPEG without what was written beside the picture: comments and every
// application's segment but those that its colours need (JFIF, Adobe).
func bare(content []byte) (clean []byte, known bool) {
	if len(content) < 4 || content[0] != 0xff || content[1] != markStart {
		return nil, false
	}
	clean, rest := append(clean, content[:2]...), content[2:]
	for len(rest) >= 4 && rest[0] == 0xff {
		mark, size := rest[1], 2+int(rest[2])<<8+int(rest[3])
		switch {
		case mark == 0xff: // fill
			rest = rest[1:]
			continue
		case size > len(rest) || mark == markEnd:
			return nil, false
		case mark == markScan:
			return append(clean, ended(rest)...), true
		}
		extra := mark > markApp0 && mark <= markApp && mark != markApp14 || mark == markComment
		if !extra {
			clean = append(clean, rest[:size]...)
		}
		rest = rest[size:]
	}
	return nil, false
}

// ended is the picture's data without what hangs behind its end.
func ended(scan []byte) []byte {
	if i := bytes.Index(scan, []byte{0xff, markEnd}); i >= 0 {
		return scan[:i+2]
	}
	return scan
}

// shrunk is a picture with a longest side of at most so many pixels: each the mean
// of those it stands for.
func shrunk(full image.Image, side int) image.Image {
	b := full.Bounds()
	scale := max(1, (max(b.Dx(), b.Dy())+side-1)/side)
	small := image.NewRGBA(image.Rect(0, 0, max(1, b.Dx()/scale), max(1, b.Dy()/scale)))
	for y := range small.Bounds().Dy() {
		for x := range small.Bounds().Dx() {
			small.Set(x, y, mean(full, b.Min.Add(image.Pt(x*scale, y*scale)), scale))
		}
	}
	return small
}

func mean(full image.Image, from image.Point, scale int) color.Color {
	var r, g, b, n uint32
	for y := from.Y; y < min(from.Y+scale, full.Bounds().Max.Y); y++ {
		for x := from.X; x < min(from.X+scale, full.Bounds().Max.X); x++ {
			cr, cg, cb, _ := full.At(x, y).RGBA()
			r, g, b, n = r+cr>>8, g+cg>>8, b+cb>>8, n+1
		}
	}
	return color.RGBA{uint8(r / n), uint8(g / n), uint8(b / n), 255}
}

// OnePicture asks for a picture of an incident.
type OnePicture struct {
	ID      ID     `path:"id"`
	Picture string `path:"picture" max:"64"`
}

// Thumbnail is a picture so small that a scene can be told and a face cannot.
// Fault NotFound incident.no_such_picture, incident.picture_gone.
func (s *Service) Thumbnail(ctx context.Context, q OnePicture) (httpapi.File, error) {
	text, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (string, error) {
		if _, err := s.readable(ctx, tx, q.ID); err != nil {
			return "", err
		}
		box, err := s.pictured(tx, "Thumbnail", q)
		if err != nil {
			return "", err
		}
		return crypto.Open(s.Vault, tx, box)
	})
	return pictureFile(q, text, err)
}

// Looking asks for a whole picture, for a purpose.
type Looking struct {
	OnePicture
	Purpose string `json:"purpose" required:"true" enum:"case_handling,safety_check,correction,legal_request"`
	Note    string `json:"note" max:"200"`
}

// Look hands out a whole picture; the vault's witness records who asked before.
func (s *Service) Look(ctx context.Context, l Looking) (httpapi.File, error) {
	text, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (string, error) {
		if _, err := s.visible(ctx, tx, l.ID, permRead); err != nil {
			return "", err
		}
		box, err := s.pictured(tx, "Picture", l.OnePicture)
		if err != nil {
			return "", err
		}
		return crypto.Reveal(s.Vault, tx, box, crypto.Purpose{Code: l.Purpose, Note: l.Note, By: httpapi.Caller(ctx).UserID})
	})
	return pictureFile(l.OnePicture, text, err)
}

func (s *Service) pictured(tx *sqldb.Tx, query string, q OnePicture) (box crypto.Sealed[string], err error) {
	box, err = sqldb.Get(tx, Queries[query], func(r sqldb.Scanner) (box crypto.Sealed[string], err error) {
		err = r.Scan(&box)
		return box, err
	}, q.ID, q.Picture)
	if err == sqldb.ErrNone {
		err = fault.New(fault.NotFound, "incident.no_such_picture")
	}
	return box, err
}

func pictureFile(q OnePicture, text string, err error) (httpapi.File, error) {
	if fault.KeyOf(err) == "crypto.shredded" {
		err = fault.New(fault.NotFound, "incident.picture_gone")
	}
	return httpapi.File{Name: q.Picture + ".jpg", Type: pictureType, Write: func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}}, err
}

// pictureRoutes are those of pictures.
func (s *Service) pictureRoutes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "POST /v1/incidents/{id}/pictures", Perm: permRespond, Audit: httpapi.AuditTimeline, Status: http.StatusCreated, MaxBody: pictureBody, Summary: "Add a picture from the scene (JPEG of at most 2 MB and 4096 pixels)", Do: httpapi.Do(s.AddPicture)},
		{Pattern: "GET /v1/incidents/{id}/pictures/{picture}", Perm: permRead, Audit: httpapi.AuditRead, Summary: "Read a picture's thumbnail: the scene can be told, a face cannot", Do: httpapi.Do(s.Thumbnail)},
		{Pattern: "POST /v1/incidents/{id}/pictures/{picture}/reveal", Perm: permRead, Audit: httpapi.AuditReveal, Purpose: true, Secret: true, Summary: "Show a whole picture for a purpose", Do: httpapi.Do(s.Look)},
	}
}
