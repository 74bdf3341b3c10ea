/** What the benches send, as OTLP protobuf (opentelemetry-proto 1.x) and as rows of the schema of the ClickHouse exporter. */
import { ProtobufWriter } from '@sightline/wire';

export type AttributeValue = string | number;

/** An attribute; a number with a fraction is a double, another one an int64. */
export type Attributes = readonly (readonly [name: string, value: AttributeValue])[];

export interface Resource {
  service: string;
  attributes: Attributes;
}

/** Milliseconds since 1970 and nanoseconds within. */
export interface Time {
  ms: number;
  ns: number;
}

export class OtlpWriter extends ProtobufWriter {
  time(field: number, { ms, ns }: Time): void {
    const nanoseconds = BigInt(ms) * 1_000_000n + BigInt(ns);
    this.tag(field, 1);
    this.fixed64(Number(nanoseconds & 0xffffffffn), Number(nanoseconds >> 32n));
  }

  attributes(field: number, attributes: Attributes): void {
    for (const [name, value] of attributes) {
      this.message(field, () => {
        this.text(1, name);
        this.message(2, () => this.#value(value));
      });
    }
  }

  /** A Resource message. */
  resource(field: number, { service, attributes }: Resource): void {
    this.message(field, () => this.attributes(1, [['service.name', service], ...attributes]));
  }

  override hex(field: number, digits: string): void {
    if (digits !== '') super.hex(field, digits);
  }

  #value(value: AttributeValue): void {
    if (typeof value === 'string') this.text(1, value);
    else if (Number.isInteger(value)) {
      this.tag(3, 0);
      this.int64(value);
    } else {
      this.tag(4, 1);
      this.double(value);
    }
  }
}

/** As `DateTime64(9)` reads it: seconds and nine digits. */
export function clickHouseTime({ ms, ns }: Time): string {
  const seconds = Math.floor(ms / 1000);
  return `${seconds}.${String((ms % 1000) * 1_000_000 + ns).padStart(9, '0')}`;
}

/** The exporter's maps have texts only. */
export function textMap(attributes: Attributes): Record<string, string> {
  return Object.fromEntries(attributes.map(([name, value]) => [name, String(value)]));
}
