import { partitionOfRegion } from '../../instance/partitions.ts';
import { check } from '../check.ts';
import { fail, found, passed, warn } from '../finding.ts';

export const regionAndSuffixCheck = check({
  name: 'region-and-suffix',
  title: 'Region, partition and DNS suffix, and whether a setting contradicts the instance',
  findings: {
    'region-unknown': fail(
      'Without the region the names of the endpoints are not known, so nothing can be looked at.',
      'Fix IMDS, or set ECS_PRIVATELINKD_REGION (for example us-east-1).',
    ),
    'region-differs': fail(
      'Interface endpoints serve only their own region: those of another region are never private in this VPC ' +
        'unless somebody routes them here.',
      'Remove ECS_PRIVATELINKD_REGION={region} (it comes from: {origin}), so that {imdsRegion} is used, and create ' +
        'the endpoints in {imdsRegion}. A cluster in another region needs another route.',
    ),
    'imds-contradicts-region': fail(
      'IMDS names a domain or a partition that is not that of the region it names. The names are looked up by the region, ' +
        'and the agent is not restarted.',
      'Look for a proxy, a captive portal or an IMDS stand-in on this host, and check AWS_EC2_METADATA_SERVICE_ENDPOINT; ' +
        'where the region really has that domain, set ECS_PRIVATELINKD_SUFFIX.',
    ),
    'suffix-unusual': warn(
      'The names that are looked up end in another suffix than those of the region’s partition.',
      'Remove ECS_PRIVATELINKD_SUFFIX={suffix} (it comes from: {origin}); {region} is in {expected}.',
    ),
  },
  needs: ['observation'],
  run: async (host) => {
    const { facts } = (await host.observation()).instance;
    if (facts === undefined) return found('region-unknown', 'the region is not known');
    const { region, imdsRegion, suffix, partition } = facts;
    if (imdsRegion !== undefined && imdsRegion !== region) {
      return found('region-differs', `set to ${region}, but this instance is in ${imdsRegion}`, {
        region,
        imdsRegion,
        origin: host.origins.region,
      });
    }
    if (facts.doubt !== undefined) return found('imds-contradicts-region', facts.doubt);
    const expected = partitionOfRegion(region).suffix;
    if (host.settings.suffix !== undefined && suffix !== expected) {
      return found('suffix-unusual', `${suffix} instead of ${expected}`, {
        suffix,
        expected,
        region,
        origin: host.origins.suffix,
      });
    }
    return passed(`${region}, ${suffix} (partition ${partition})`);
  },
});
