import { type AwsAccounts, admitted, jsonRefusals, type MetricState, regionOf } from './account.ts';
import { type AwsCall, AwsFault, type AwsService } from './aws-api.ts';

interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly Label?: string;
}

/** CloudWatch: GetMetricData of searches. */
export function cloudWatchService(accounts: AwsAccounts): AwsService {
  const region = (call: AwsCall) =>
    regionOf(admitted(accounts, call, { ...jsonRefusals, denied: 'AccessDenied' }, 'cloudwatch'), call);
  return {
    admit: (call) => void region(call),
    json: {
      GetMetricData: (call) => {
        const queries = call.input['MetricDataQueries'] as Query[];
        return {
          MetricDataResults: queries.flatMap((query) => searched(region(call).metrics, query)),
          Messages: [],
        };
      },
    },
  };
}

/** `SEARCH('{NAMESPACE,"Dimension 1",Dimension2} MetricName="NAME" word', 'Maximum', 300)` */
function searched(
  metrics: readonly MetricState[],
  { Id: id, Expression: expression = '', Label: label = '' }: Query,
) {
  const match = /^SEARCH\('\{([^,}]+),([^}]*)\} MetricName="(\w+)"\s*(\w*)', '(\w+)', (\d+)\)$/.exec(
    expression,
  );
  if (match === null) throw new AwsFault('ValidationError', `Error in expression '${id}'`);
  const [, namespace, names = '', name, word = ''] = match;
  const dimensions = names.split(',').map((one) => one.replaceAll('"', ''));
  return metrics
    .filter((one) => one.namespace === namespace && one.name === name)
    .filter((one) => Object.keys(one.dimensions).toSorted().join() === dimensions.toSorted().join())
    .filter((one) => Object.values(one.dimensions).some((value) => value.includes(word)))
    .map((one) => ({
      Id: id,
      Label: label.replaceAll(/\$\{PROP\('Dim\.([^']+)'\)\}/g, (_, dimension: string) => {
        return one.dimensions[dimension] ?? '';
      }),
      Timestamps: one.values.map((_, index) => 1_795_000_000 - 300 * index),
      Values: one.values,
      StatusCode: 'Complete',
    }));
}
