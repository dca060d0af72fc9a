package live

// told is one message on the wire, with whom it is for; pos is 0 for signals.
type told struct {
	audience
	user string
	pos  int64
	wire []byte
}

// audience is who may see a topic at an organisation, or saw it at another.
type audience struct{ topic, org, was string }

// past is the newest facts as they were sent: whoever was away for a moment is
// answered from memory, also when two thousand come back at once.
type past struct {
	since int64 // every fact after this position is in the list
	known bool
	list  []page
	first int // the oldest, once the list is full
}

// page is what one fact means, worked out when somebody is to be told.
type page struct {
	pos  int64
	told func() []told
}

// remembered is how many facts; a few megabytes.
const remembered = 4096

func (p *past) add(new page) {
	if !p.known {
		p.since, p.known = new.pos-1, true
	}
	if len(p.list) < remembered {
		p.list = append(p.list, new)
		return
	}
	p.since = p.list[p.first].pos
	p.list[p.first] = new
	p.first = (p.first + 1) % remembered
}

// after copies what came after a position, at most limit facts; ok says that
// nothing of it is missing here.
func (p *past) after(pos int64, limit int) (pages []page, ok bool) {
	if !p.known || pos < p.since {
		return nil, false
	}
	low, high := 0, len(p.list)
	for low < high {
		if mid := (low + high) / 2; p.at(mid).pos <= pos {
			low = mid + 1
		} else {
			high = mid
		}
	}
	for i := low; i < len(p.list) && len(pages) < limit; i++ {
		pages = append(pages, p.at(i))
	}
	return pages, true
}

func (p *past) at(i int) page { return p.list[(p.first+i)%len(p.list)] }
