/** A self-signed certificate for `target.test`, valid until 2126, and its key; for tests of TLS only.
 *  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost -addext subjectAltName=DNS:target.test */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBlzCCAT2gAwIBAgIURxvvxA51KShtuXTS3I9IHwEM1TYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTAxMzMxM1oYDzIxMjYxMDI4
MDEzMzEzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASqX014VD2+cmrPjXRX+uI9vuEI06TWsI6Mg6h/gpcjnUDfd/HFaSxg
Avm6ppYjYdO3jbewL3/j3MYjFOzVbdMvo2swaTAdBgNVHQ4EFgQUwWSGXQg+pSmU
R5kV6H7fHzUIWnAwHwYDVR0jBBgwFoAUwWSGXQg+pSmUR5kV6H7fHzUIWnAwDwYD
VR0TAQH/BAUwAwEB/zAWBgNVHREEDzANggt0YXJnZXQudGVzdDAKBggqhkjOPQQD
AgNIADBFAiEAmkblTRvKaLKwkj86U2iuEGeD3DTPv/fsTg91JAPu4i4CIDAhZter
3hYU9dpeOiywpax6dZJWU2Yno1sdd+lM5HVd
-----END CERTIFICATE-----`;

export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgH/7uzAXLkdTk2YcD
GSwuH5qylUCT/bt5rvCthBG4r4GhRANCAASqX014VD2+cmrPjXRX+uI9vuEI06TW
sI6Mg6h/gpcjnUDfd/HFaSxgAvm6ppYjYdO3jbewL3/j3MYjFOzVbdMv
-----END PRIVATE KEY-----`;
