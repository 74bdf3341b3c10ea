/** Parts of the UTC date of a Unix time in seconds. */
import type { FloatFunction } from './types.ts';

const DAY_S = 86_400;

interface Day {
  year: number;
  /** 1..12 */
  month: number;
  /** 1..31 */
  day: number;
}

/** The proleptic Gregorian date of a day since 1970 (years from March on, so that leap days stand last). */
function civil(days: number): Day {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  );
  const ofYear =
    ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * ofYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: ofYear - Math.floor((153 * marchMonth + 2) / 5) + 1 };
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function monthDays(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

function dayOfYear({ year, month, day }: Day): number {
  let days = day;
  for (let before = 1; before < month; before++) days += monthDays(year, before);
  return days;
}

function ofDay(take: (date: Day, days: number) => number): FloatFunction {
  return (value) => {
    const days = Math.floor(Math.trunc(value) / DAY_S);
    return take(civil(days), days);
  };
}

function secondOfDay(value: number): number {
  const seconds = Math.trunc(value);
  return seconds - Math.floor(seconds / DAY_S) * DAY_S;
}

/**
 * Parts of the time that NaN and values outside int64 become in Go on amd64, where the conversion yields the least int64 and the
 * calendar wraps around.
 */
const OUT_OF_RANGE: Readonly<Record<string, number>> = {
  days_in_month: 31,
  day_of_month: 4,
  day_of_week: 0,
  day_of_year: 339,
  hour: 15,
  minute: 30,
  month: 12,
  year: 292_277_026_596,
};

function defined(name: string, take: FloatFunction): FloatFunction {
  const otherwise = OUT_OF_RANGE[name] ?? Number.NaN;
  return (value) => (Math.abs(value) < 2 ** 63 ? take(value) : otherwise);
}

const parts: Record<string, FloatFunction> = {
  days_in_month: ofDay(({ year, month }) => monthDays(year, month)),
  day_of_month: ofDay(({ day }) => day),
  day_of_week: ofDay((_, days) => (((days + 4) % 7) + 7) % 7),
  day_of_year: ofDay(dayOfYear),
  hour: (value) => Math.floor(secondOfDay(value) / 3600),
  minute: (value) => Math.floor((secondOfDay(value) % 3600) / 60),
  month: ofDay(({ month }) => month),
  year: ofDay(({ year }) => year),
};

export const dateFunctions: Record<string, FloatFunction> = Object.fromEntries(
  Object.entries(parts).map(([name, take]) => [name, defined(name, take)]),
);
