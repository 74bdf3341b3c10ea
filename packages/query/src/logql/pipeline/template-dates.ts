/** Dates in Go's layouts (`2006-01-02T15:04:05.000Z07:00`), in UTC. */

const LAYOUT =
  /2006|January|Jan|Monday|Mon|MST|Z07:00|-07:00|-0700|[.,]0+(?!\d)|[.,]9+(?!\d)|01|02|03|04|05|06|15|PM|pm|_2|[12345]/g;
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August'],
  ...['September', 'October', 'November', 'December'],
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

export function formatDate(layout: string, time: Date): string {
  if (Number.isNaN(time.getTime())) throw new Error('time is out of range');
  return layout.replace(LAYOUT, (token) => part(token, time));
}

function part(token: string, time: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const hour12 = time.getUTCHours() % 12 || 12;
  const month = MONTHS[time.getUTCMonth()] ?? '';
  const day = DAYS[time.getUTCDay()] ?? '';
  switch (token) {
    case '2006':
      return String(time.getUTCFullYear()).padStart(4, '0');
    case '06':
      return two(time.getUTCFullYear() % 100);
    case 'January':
      return month;
    case 'Jan':
      return month.slice(0, 3);
    case 'Monday':
      return day;
    case 'Mon':
      return day.slice(0, 3);
    case '01':
      return two(time.getUTCMonth() + 1);
    case '1':
      return String(time.getUTCMonth() + 1);
    case '02':
      return two(time.getUTCDate());
    case '_2':
      return String(time.getUTCDate()).padStart(2);
    case '2':
      return String(time.getUTCDate());
    case '15':
      return two(time.getUTCHours());
    case '03':
      return two(hour12);
    case '3':
      return String(hour12);
    case '04':
      return two(time.getUTCMinutes());
    case '4':
      return String(time.getUTCMinutes());
    case '05':
      return two(time.getUTCSeconds());
    case '5':
      return String(time.getUTCSeconds());
    case 'PM':
      return time.getUTCHours() < 12 ? 'AM' : 'PM';
    case 'pm':
      return time.getUTCHours() < 12 ? 'am' : 'pm';
    case 'MST':
      return 'UTC';
    case 'Z07:00':
      return 'Z';
    case '-07:00':
      return '+00:00';
    case '-0700':
      return '+0000';
  }
  const digits = String(time.getUTCMilliseconds())
    .padStart(3, '0')
    .padEnd(token.length - 1, '0');
  const cut = digits.slice(0, token.length - 1);
  if (token[1] !== '9') return `${token[0] ?? ''}${cut}`;
  const trimmed = cut.replace(/0+$/, '');
  return trimmed === '' ? '' : `${token[0] ?? ''}${trimmed}`;
}
