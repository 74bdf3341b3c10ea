/** Errors as the two versions of Jaeger's API tell them, as JSON text. */

export function classicErrorText(status: number, message: string): string {
  const errors = [{ code: status, msg: message }];
  return JSON.stringify({ data: null, total: 0, limit: 0, offset: 0, errors });
}

export function v3ErrorText(status: number, message: string): string {
  return JSON.stringify({ error: { httpCode: status, message } });
}
