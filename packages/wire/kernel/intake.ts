/**
 * The inner loops of intake as WebAssembly (AssemblyScript): what runs over every byte of every request.
 *
 * Model: the host lays a request into memory and passes addresses; nothing is allocated here. Why not JavaScript: 64-bit words. A
 * snappy block is copied and a label range hashed eight bytes at a time, which takes about a fifth of the time.
 *
 * Invariants: every length is checked against what contains it before it is followed. Loads may pass the end of a range by up to 15
 * bytes and stores by up to 15: the host keeps that much room behind every region. What is not plain is left to the host, so
 * that only it knows the wording of errors.
 */

/** What `uncompress` answers; the host has the texts. */
const SOUND: i32 = 0;
const ELEMENT_CUT: i32 = 1;
const LITERAL_CUT: i32 = 2;
const PAST_END: i32 = 3;
const BEFORE_START: i32 = 4;
const ENDS_SHORT: i32 = 5;

let element: usize = 0;

/** Address of the element at which the last `uncompress` stopped. */
export function elementAt(): usize {
  return element;
}

/**
 * Uncompresses the elements of a snappy block (format_description.txt of google/snappy; the host has read the length in front of
 * them) from [from, fromEnd) to [to, toEnd). Anything but SOUND: the elements are damaged or do not fill exactly that.
 */
export function uncompress(from: usize, fromEnd: usize, to: usize, toEnd: usize): i32 {
  const begin = to;
  while (from < fromEnd) {
    element = from;
    const tag = <u32>load<u8>(from++);
    let length: u32;
    if ((tag & 3) === 0) {
      length = (tag >> 2) + 1;
      if (length > 60) {
        const bytes = length - 60;
        length = (load<u32>(from) & (0xffffffff >>> (32 - (bytes << 3)))) + 1;
        from += bytes;
        if (from > fromEnd) return ELEMENT_CUT;
      }
      // A length of 2^32 has wrapped to 0.
      if (length > <u32>(toEnd - to) || length === 0) return PAST_END;
      if (length > <u32>(fromEnd - from)) return LITERAL_CUT;
      if (length <= 16) {
        store<u64>(to, load<u64>(from));
        store<u64>(to, load<u64>(from, 8), 8);
      } else memory.copy(to, from, length);
      from += length;
      to += length;
      continue;
    }
    let offset: u32;
    if ((tag & 3) === 1) {
      length = ((tag >> 2) & 7) + 4;
      offset = ((tag >> 5) << 8) | <u32>load<u8>(from);
      from += 1;
    } else if ((tag & 3) === 2) {
      length = (tag >> 2) + 1;
      offset = <u32>load<u16>(from);
      from += 2;
    } else {
      length = (tag >> 2) + 1;
      offset = load<u32>(from);
      from += 4;
    }
    if (from > fromEnd) return ELEMENT_CUT;
    if (length > <u32>(toEnd - to)) return PAST_END;
    if (offset === 0 || offset > <u32>(to - begin)) return BEFORE_START;
    const end = to + length;
    let source = to - offset;
    if (offset >= 8) {
      // Whole words may overlap the output by up to seven bytes, never a word's own source.
      while (to < end) {
        store<u64>(to, load<u64>(source));
        to += 8;
        source += 8;
      }
      to = end;
    } else {
      while (to < end) store<u8>(to++, load<u8>(source++));
    }
  }
  element = from;
  return to === toEnd ? SOUND : ENDS_SHORT;
}

// Odd 64-bit constants with well mixed bits: the golden ratio, and multipliers of published mixers (Pelle Evensen's rrmxmx, xxHash64).
const K1: u64 = 0x9e3779b97f4a7c15;
const K2: u64 = 0xc2b2ae3d27d4eb4f;
const M1: u64 = 0x9fb21c651e98df25;
const M2: u64 = 0xd6e8feb86659fd93;

/** Words of the seed; set once per process by the host. */
let seedLow: u64 = 0;
let seedHigh: u64 = 0;

export function setSeed(address: usize): void {
  seedLow = load<u64>(address);
  seedHigh = load<u64>(address, 8);
}

function mixed(h: u64): u64 {
  h ^= h >> 32;
  h *= M2;
  h ^= h >> 29;
  h *= M1;
  return h ^ (h >> 32);
}

/**
 * A keyed 128-bit hash of [from, end) to `out`: two 64-bit words, each multiplied and carried into the other for every 16 bytes. It never
 * leaves the process, so it may change; model/hash.ts is the one that may not.
 */
export function hash(from: usize, end: usize, out: usize): void {
  hashFrom(seedLow, seedHigh, from, end, out);
}

/** As `hash`, without a key: the same in every process. */
export function digest(from: usize, end: usize, out: usize): void {
  hashFrom(0, 0, from, end, out);
}

function hashFrom(low: u64, high: u64, from: usize, end: usize, out: usize): void {
  let a = low ^ K1;
  let b = high ^ K2;
  const length = <u64>(end - from);
  while (from + 16 <= end) {
    a = (a ^ load<u64>(from)) * M1;
    b = (b ^ load<u64>(from, 8)) * M2;
    a = rotl<u64>(a, 29) + b;
    b = rotl<u64>(b, 31) ^ a;
    from += 16;
  }
  const left = <u64>(end - from);
  let x: u64 = 0;
  let y: u64 = 0;
  if (left > 8) {
    x = load<u64>(from);
    y = load<u64>(from, 8) & (~(<u64>0) >> ((16 - left) << 3));
  } else if (left > 0) x = load<u64>(from) & (~(<u64>0) >> ((8 - left) << 3));
  a = (a ^ x) * M1;
  b = (b ^ y) * M2;
  a = mixed(rotl<u64>(a, 29) + b + length);
  b = mixed(rotl<u64>(b, 31) ^ a);
  store<u64>(out, mixed(a + b));
  store<u64>(out, b, 8);
}

/** Behind the varint that was read last; 0 when it was none that is taken here. */
let behind: usize = 0;

/**
 * Reads a varint of up to eight bytes at `p`: all at once, its groups of seven bits then put together. Longer ones (negative times are the
 * only sound ones) are left to the host. The caller checks `behind` against the end of what it reads.
 */
function varint(p: usize): u64 {
  const bytes = load<u64>(p);
  const last = ~bytes & 0x8080808080808080;
  if (last === 0) {
    behind = 0;
    return 0;
  }
  const bits = ctz<u64>(last);
  behind = p + <usize>(bits >> 3) + 1;
  let x = bytes & (0xffffffffffffffff >> (63 - bits));
  x = (x & 0x007f007f007f007f) | ((x & 0x7f007f007f007f00) >> 1);
  x = (x & 0x00003fff00003fff) | ((x & 0x3fff00003fff0000) >> 2);
  return (x & 0x000000000fffffff) | ((x & 0x0fffffff00000000) >> 4);
}

/** Bytes of a series record: u32 start and u32 end of what the message holds, u32 first row, u32 0, 16 bytes hash of its labels. */
const SERIES_BYTES: usize = 32;

// Tags of prometheus.WriteRequest: TimeSeries 1; in it Label 1, Sample 2; in that value 1 (fixed64), timestamp 2 (varint).
const TIME_SERIES: u32 = 0x0a;
const LABEL: u32 = 0x0a;
const SAMPLE: u32 = 0x12;
const VALUE: u32 = 0x09;
const TIMESTAMP: u32 = 0x10;

/**
 * Scans plain TimeSeries of a remote-write 1.0 request from `from`: labels side by side, then float samples, nothing else. Writes a
 * record per series to `series`, per row the time (f64, Unix ms) to `times` and the words of the value's bits to `lows` and `highs`.
 * Stops before the first message that is not plain, that does not fit into what is left of `maxSeries` and `maxRows`, or at `end`.
 * Returns the number of series; `scanned()` and `rows()` tell where it stopped and how many rows there are, `earliest()` and `latest()` their times.
 */
export function scanSeries(
  from: usize,
  end: usize,
  series: usize,
  maxSeries: u32,
  times: usize,
  lows: usize,
  highs: usize,
  maxRows: u32,
): u32 {
  let count: u32 = 0;
  rowCount = 0;
  minTime = i64.MAX_VALUE;
  maxTime = i64.MIN_VALUE;
  position = from;
  while (position < end && count < maxSeries) {
    const record = series + <usize>count * SERIES_BYTES;
    if (!scanOne(end, record, times, lows, highs, maxRows)) break;
    count++;
  }
  return count;
}

let position: usize = 0;
let rowCount: u32 = 0;

export function scanned(): usize {
  return position;
}

export function rows(): u32 {
  return rowCount;
}

let minTime: i64 = 0;
let maxTime: i64 = 0;

/** Unix ms. May also count rows of the series at which the scan stopped. */
export function earliest(): f64 {
  return <f64>minTime;
}

export function latest(): f64 {
  return <f64>maxTime;
}

function scanOne(
  end: usize,
  record: usize,
  times: usize,
  lows: usize,
  highs: usize,
  maxRows: u32,
): bool {
  let p = position;
  if (<u32>load<u8>(p) !== TIME_SERIES) return false;
  const length = varint(p + 1);
  p = behind;
  if (p === 0 || p > end || length > <u64>(end - p)) return false;
  const start = p;
  const stop = p + <usize>length;
  while (p < stop && <u32>load<u8>(p) === LABEL) {
    const label = <u32>load<u8>(p, 1);
    if (label < 128) p += 2 + <usize>label;
    else {
      const long = varint(p + 1);
      p = behind;
      if (p === 0 || p > stop || long > <u64>(stop - p)) return false;
      p += <usize>long;
    }
  }
  const labelsEnd = p;
  if (labelsEnd === start || labelsEnd >= stop) return false;
  let row = rowCount;
  while (p < stop) {
    // The samples of other shapes are longer than that.
    const sample = <u32>load<u8>(p, 1);
    if (row === maxRows || <u32>load<u8>(p) !== SAMPLE || sample > 127) return false;
    p += 2;
    const sampleEnd = p + <usize>sample;
    if (sampleEnd > stop) return false;
    let bits: u64 = 0;
    let time: i64 = 0;
    if (p < sampleEnd && <u32>load<u8>(p) === VALUE) {
      bits = load<u64>(p, 1);
      p += 9;
    }
    if (p < sampleEnd && <u32>load<u8>(p) === TIMESTAMP) {
      time = <i64>varint(p + 1);
      p = behind;
    }
    if (p !== sampleEnd) return false;
    if (time < minTime) minTime = time;
    if (time > maxTime) maxTime = time;
    store<f64>(times + ((<usize>row) << 3), <f64>time);
    store<u32>(lows + ((<usize>row) << 2), <u32>bits);
    store<u32>(highs + ((<usize>row) << 2), <u32>(bits >> 32));
    row++;
  }
  store<u32>(record, <u32>start);
  store<u32>(record, <u32>stop, 4);
  store<u32>(record, rowCount, 8);
  hash(start, labelsEnd, record + 16);
  rowCount = row;
  position = stop;
  return true;
}
