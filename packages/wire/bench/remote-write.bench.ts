/**
 * Decoding of remote write alone: samples a second on one core, with a resolver that only looks forms up.
 * Run: node --conditions=development packages/wire/bench/remote-write.bench.ts
 */
import {
  compressSnappy,
  type DecodeLimits,
  decodeRemoteWriteV1,
  decodeRemoteWriteV2,
  encodeWriteRequestV1,
  encodeWriteRequestV2,
  hashBytes,
  hashWords,
  MetricBatch,
  processKey,
  type SeriesResolver,
  uncompressSnappyBlock,
  type WriteSeries,
} from '@sightline/wire';

/** What a store does at least: entries in order of insertion, the next one tried first, else an index. */
class FormTable implements SeriesResolver {
  readonly refusal = '';
  readonly #index: Uint32Array;
  readonly #forms: Uint32Array;
  #count = 0;
  #expected = 0;

  constructor(size: number) {
    this.#index = new Uint32Array(size);
    this.#forms = new Uint32Array(size * 4);
  }

  lookup(): number {
    if (this.#expected < this.#count && this.#is(this.#expected)) return ++this.#expected;
    const mask = this.#index.length - 1;
    for (let at = hashWords[0] & mask; this.#index[at] !== 0; at = (at + 1) & mask) {
      const entry = this.#index[at] - 1;
      if (!this.#is(entry)) continue;
      this.#expected = entry + 1;
      return entry + 1;
    }
    return 0;
  }

  #is(entry: number): boolean {
    const forms = this.#forms;
    const at = entry * 4;
    return (
      forms[at] === hashWords[0] &&
      forms[at + 1] === hashWords[1] &&
      forms[at + 2] === hashWords[2] &&
      forms[at + 3] === hashWords[3]
    );
  }

  register(): number {
    const mask = this.#index.length - 1;
    let at = hashWords[0] & mask;
    while (this.#index[at] !== 0) at = (at + 1) & mask;
    this.#forms.set(hashWords, this.#count * 4);
    this.#index[at] = ++this.#count;
    return this.#count;
  }
}

const now = Date.now();
const limits: DecodeLimits = {
  minTime: 0,
  maxTime: now + 600_000,
  maxLabels: 64,
  maxLabelNameBytes: 1024,
  maxLabelValueBytes: 16384,
  maxPoints: 500_000,
};

const SERIES = 50_000;
const PER_REQUEST = 2000;

function requests(): WriteSeries[][] {
  const all: WriteSeries[][] = [];
  for (let from = 0; from < SERIES; from += PER_REQUEST) {
    const request: WriteSeries[] = [];
    for (let i = from; i < from + PER_REQUEST; i++) {
      request.push({
        labels: [
          '__name__',
          `node_network_transmit_bytes_total_${i % 500}`,
          'device',
          `eth${i % 7}`,
          'instance',
          `host-${Math.floor(i / 500)}.example.com:9100`,
          'job',
          'node',
          'zone',
          `eu-central-${i % 3}`,
        ],
        samples: [{ t: now - (i % 1000), value: i * 1.25 }],
      });
    }
    all.push(request);
  }
  return all;
}

function measure(name: string, samplesPerRound: number, round: () => void): void {
  for (let i = 0; i < 20; i++) round();
  const rounds = 60;
  const start = process.cpuUsage();
  for (let i = 0; i < rounds; i++) round();
  const used = process.cpuUsage(start);
  const seconds = (used.user + used.system) / 1e6;
  const ns = (seconds * 1e9) / (rounds * samplesPerRound);
  console.log(`${name}: ${(1000 / ns).toFixed(2)} M/s, ${ns.toFixed(1)} ns each`);
}

const plain = requests();
const v1 = plain.map((request) => encodeWriteRequestV1(request));
const v2 = plain.map((request) => encodeWriteRequestV2(request));
const batch = new MetricBatch(PER_REQUEST);
const table = new FormTable(1 << 18);
console.log(
  `bytes a sample: 1.0 ${(v1[0].length / PER_REQUEST).toFixed(0)}, 2.0 ${(v2[0].length / PER_REQUEST).toFixed(0)}`,
);

measure('remote write 1.0', SERIES, () => {
  for (const body of v1) {
    batch.clear();
    decodeRemoteWriteV1(body, table, limits, batch);
  }
});
measure('remote write 2.0', SERIES, () => {
  for (const body of v2) {
    batch.clear();
    decodeRemoteWriteV2(body, table, limits, batch);
  }
});
const blocks = v1.map((body) => compressSnappy(body));
measure('snappy 1.0 bodies', SERIES, () => {
  for (const block of blocks) uncompressSnappyBlock(block, 1 << 26);
});
measure('snappy + remote write 1.0', SERIES, () => {
  for (const block of blocks) {
    batch.clear();
    decodeRemoteWriteV1(uncompressSnappyBlock(block, 1 << 26), table, limits, batch);
  }
});
const text = new Uint8Array(8192).map((_, i) => (i * 31) & 127);
measure('hash of 150 bytes', 50_000, () => {
  for (let i = 0; i < 50_000; i++) hashBytes(text, i & 4095, (i & 4095) + 150, processKey);
});
