#!/usr/bin/env python3
"""The figures of `zhian replay --json`, computed a second way.

    python3 replay_figures.py FORMAT FILE [--incidents] [clock=seconds ...]

FORMAT is nypd, lancaster or lfb; FILE is .csv or .csv.gz. It needs Python 3.9 with its
standard library and the system's time zones, shares no code with the program, reads the file
alone and asks no server. It prints one JSON object: rows, accepted, merged, rejected, clocks.

With --incidents (nypd) it counts as the server's report does, one pair for each incident: from
its first call to its first dispatch and its first arrival, of whichever row.

What it takes as given (docs/real-data.md):
- the first row of an incident number is accepted, later ones are merged, a row that repeats
  an earlier one in every cell is rejected as duplicate_row;
- each remaining row is one pair for each clock; a pair without one of its stamps is missing,
  one that ends before it starts is inverted, and neither counts in n, the rate, the percentiles;
- percentiles are type 7 of Hyndman and Fan on whole seconds.
"""
import csv
import gzip
import io
import json
import sys
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

LIMITS = {'dispatch': 60, 'arrival': 480, 'second_arrival': 480, 'en_route': 120, 'arrival_from_dispatch': 480}


def rows_of(path):
    raw = open(path, 'rb').read()
    if raw[:2] == b'\x1f\x8b':
        raw = gzip.decompress(raw)
    return list(csv.DictReader(io.StringIO(raw.decode('utf-8-sig'))))


def moments(naive, zone):
    """Seconds since 1970 at which clocks of the zone showed this: two in the repeated hour."""
    return sorted({naive.replace(tzinfo=zone, fold=f).timestamp() for f in (0, 1)})


def first_moment(text, zone):
    return moments(datetime.fromisoformat(text), zone)[0] if text else None


def type7(values, p):
    at = (len(values) - 1) * Fraction(p, 100)
    low = int(at)
    if low == at:
        return float(values[low])
    return float(values[low] + (at - low) * (values[low + 1] - values[low]))


def figures(pairs, limit):
    whole = [(a, b) for a, b in pairs if a is not None and b is not None]
    valid = sorted(int(b - a) for a, b in whole if b >= a)
    within = sum(b - a <= limit for a, b in whole if b >= a)
    out = {'n': len(valid), 'missing': len(pairs) - len(whole), 'inverted': len(whole) - len(valid),
           'within': within, 'limit_s': limit, 'rate': None, 'p50_s': None, 'p90_s': None, 'p95_s': None}
    if valid:
        out.update(rate=within / len(valid), p50_s=type7(valid, 50), p90_s=type7(valid, 90), p95_s=type7(valid, 95))
    return out


def account(rows, number):
    seen, incidents, kept, duplicates = set(), set(), [], 0
    for row in rows:
        if tuple(row.values()) in seen:
            duplicates += 1
            continue
        seen.add(tuple(row.values()))
        incidents.add(row[number])
        kept.append(row)
    rejected = {'duplicate_row': duplicates} if duplicates else {}
    return kept, {'rows': len(rows), 'accepted': len(incidents), 'merged': len(kept) - len(incidents), 'rejected': rejected}


def nypd(rows):
    zone = ZoneInfo('America/New_York')
    kept, out = account(rows, 'cad_evnt_id')
    stamp = lambda row, name: first_moment(row[name], zone)
    pairs = {'dispatch': [(stamp(r, 'add_ts'), stamp(r, 'disp_ts')) for r in kept],
             'arrival': [(stamp(r, 'add_ts'), stamp(r, 'arrivd_ts')) for r in kept]}
    return out, pairs


def nypd_incidents(rows):
    zone = ZoneInfo('America/New_York')
    kept, out = account(rows, 'cad_evnt_id')
    first = {}
    for row in kept:
        stamps = first.setdefault(row['cad_evnt_id'], {})
        for column in ('add_ts', 'disp_ts', 'arrivd_ts'):
            at = first_moment(row[column], zone)
            if at is not None:
                stamps[column] = min(at, stamps.get(column, at))
    pairs = {clock: [(s.get(a), s.get(b)) for s in first.values()] for clock, a, b in (
        ('dispatch', 'add_ts', 'disp_ts'), ('arrival', 'add_ts', 'arrivd_ts'), ('arrival_from_dispatch', 'disp_ts', 'arrivd_ts'))}
    out['calls'] = len({(row['cad_evnt_id'], row['add_ts']) for row in kept})
    return out, pairs


def lfb(rows):
    zone = ZoneInfo('Europe/London')
    kept, out = account(rows, 'incident_no')

    def pair(row, pump):
        call, after = first_moment(row['call_datetime_local'], zone), row[pump + '_pump_attendance_s']
        return call, call + float(after) if after else None
    pairs = {'arrival': [pair(r, 'first') for r in kept],
             'second_arrival': [pair(r, 'second') for r in kept if int(r['num_pumps']) > 1 or r['second_pump_attendance_s']]}
    return out, pairs


def lancaster(rows):
    """Bare times of day. All stamps of a row lie within half a day of its dispatch, so the pair's
    length is the smallest in size that two clocks showing these times can be apart; in the hour
    that autumn repeats, the dispatch is read so that the whole row is shortest."""
    zone = ZoneInfo('America/Chicago')
    kept, out = account(rows, 'incident_num')
    begun = {}

    def candidates(around, text):
        day = datetime.fromtimestamp(around, zone).date()
        clock = datetime.strptime(text, '%H:%M:%S').time()
        return [m for d in (-1, 0, 1) for m in moments(datetime.combine(day + timedelta(d), clock), zone)]

    def close(around, text):
        return min(candidates(around, text), key=lambda m: (abs(m - around), -m))

    def starts(row):
        given = [row[c] for c in ('dispatch', 'enroute', 'arrive', 'clear') if row[c]]
        if not given:
            return []
        day = date.fromisoformat(row['incident_date'])
        if row['incident_num'] in begun:
            day = datetime.fromtimestamp(close(begun[row['incident_num']], given[0]), zone).date()
        return moments(datetime.combine(day, datetime.strptime(given[0], '%H:%M:%S').time()), zone)

    pairs = {'en_route': [], 'arrival_from_dispatch': []}
    for row in kept:
        possible = starts(row)
        if possible:
            begun.setdefault(row['incident_num'], possible[0])
        spread = lambda s: sum(abs(close(s, row[c]) - s) for c in ('enroute', 'arrive', 'clear') if row[c])
        start = min(possible, key=spread) if possible and row['dispatch'] else None
        for clock, column in (('en_route', 'enroute'), ('arrival_from_dispatch', 'arrive')):
            pairs[clock].append((start, close(start, row[column]) if start is not None and row[column] else None))
    return out, pairs


def main():
    name, path = sys.argv[1:3]
    rest = [a for a in sys.argv[3:] if a != '--incidents']
    limits = dict(LIMITS, **{k: int(v) for k, v in (a.split('=') for a in rest)})
    readers = {'nypd': nypd_incidents} if '--incidents' in sys.argv else {'nypd': nypd, 'lancaster': lancaster, 'lfb': lfb}
    out, pairs = readers[name](rows_of(path))
    out['clocks'] = {clock: figures(list_, limits[clock]) for clock, list_ in pairs.items()}
    print(json.dumps(out))


if __name__ == '__main__':
    main()
