/** A change of the zone as an event for people. */
import type { AgentEvent, Severity } from '../source.ts';
import { rankOfZone, type Zone } from './zone.ts';
import type { ZoneChange } from './zone-state.ts';

const SEVERITIES: Readonly<Record<Zone, Severity>> = {
  green: 'info',
  yellow: 'info',
  orange: 'warn',
  red: 'warn',
  critical: 'error',
};

const MEANINGS: Readonly<Record<Zone, string>> = {
  green: 'everything is collected',
  yellow: 'values are compressed, sources of low priority are collected less often',
  orange: 'only critical sources are collected, values are reduced by 30 to 50 %',
  red: 'only critical sources are collected, optimization rules run',
  critical: 'monitoring is degraded to the bare minimum',
};

/** Entering the critical zone announces the degradation, leaving it that it is over. */
export function zoneEvent({ from, to, utilizationPct }: ZoneChange): AgentEvent {
  const rising = rankOfZone(to) > rankOfZone(from);
  const name =
    to === 'critical' ? 'agent.degraded' : from === 'critical' ? 'agent.recovered' : 'agent.zone';
  return {
    name,
    severity: rising ? SEVERITIES[to] : 'info',
    message: `resource zone ${to} (was ${from}) at ${Math.round(utilizationPct)} %: ${MEANINGS[to]}`,
    attributes: { from, to, utilization_pct: Math.round(utilizationPct * 10) / 10 },
  };
}
