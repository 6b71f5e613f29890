import {
  type CloudWatchClient,
  type MetricDataResult,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import { printable } from '../kit/printable.ts';
import { type Answer, answered, eachPage } from './ask-aws.ts';
import type { Figure } from './fleet-reading.ts';

const lookBackMs = 3_600_000;

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: CloudWatch fills them in */
/**
 * One search each (Amazon CloudWatch User Guide, "Search expressions"): the names of dimensions are those of the metrics of
 * NAT gateways and of AWS PrivateLink.
 */
const searches = [
  {
    of: 'nat-gateway',
    expression: `SEARCH('{AWS/NATGateway,NatGatewayId} MetricName="ActiveConnectionCount"', 'Maximum', 300)`,
    label: "${PROP('Dim.NatGatewayId')}",
  },
  {
    of: 'endpoint',
    expression: `SEARCH('{AWS/PrivateLinkEndpoints,"Endpoint Type","Service Name","VPC Endpoint Id","VPC Id"} MetricName="ActiveConnections" ecs', 'Maximum', 300)`,
    label: "${PROP('Dim.Service Name')} ${PROP('Dim.VPC Endpoint Id')}",
  },
] as const;
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above */

/** What goes through NAT gateways and endpoints of the region, by agents, tasks and all others. */
export async function readFigures(
  cloudWatch: CloudWatchClient,
  nowMs: number,
  signal: AbortSignal,
): Promise<Answer<readonly Figure[]>> {
  const found: Figure[] = [];
  const pages = paginateGetMetricData(
    { client: cloudWatch },
    {
      StartTime: new Date(nowMs - lookBackMs),
      EndTime: new Date(nowMs),
      MetricDataQueries: searches.map(({ expression, label }, index) => ({
        Id: `search${index}`,
        Expression: expression,
        Label: label,
      })),
    },
    { abortSignal: signal },
  );
  return await answered(found, () =>
    eachPage('cloudwatch:GetMetricData', signal, pages, ({ MetricDataResults: results = [] }) => {
      // 12 values of each: they are all on one page.
      found.push(...results.flatMap(figureOf));
    }),
  );
}

function figureOf({ Id: id, Label: label, Values: values }: MetricDataResult): Figure[] {
  const search = searches[Number(id?.replace('search', ''))];
  if (search === undefined || values === undefined || values.length === 0) return [];
  const name = printable(label ?? '', 120).replace(/^com\.amazonaws\.[^.]+\./, '');
  return [{ of: search.of, name, mostConnections: Math.max(...values) }];
}
