import * as v from 'valibot';
import { resolverWords } from '../endpoints/dockerd-dns.ts';
import { foreignName } from './foreign-name.ts';

/** What is used of `GET /containers/NAME/json`. The same in every API version from 1.24 on. */
export const inspectAnswerSchema = v.object({
  Id: v.pipe(v.string(), v.regex(/^[0-9a-f]{12,64}$/)),
  Name: foreignName,
  Config: v.object({
    Image: foreignName,
    Env: v.nullish(v.array(v.string()), []),
  }),
  HostConfig: v.object({
    NetworkMode: foreignName,
    Dns: resolverWords,
    DnsOptions: resolverWords,
    DnsSearch: resolverWords,
    ExtraHosts: resolverWords,
    // Since API 1.25.
    AutoRemove: v.nullish(v.boolean(), false),
    RestartPolicy: v.nullish(
      v.object({ Name: v.picklist(['', 'no', 'always', 'unless-stopped', 'on-failure']) }),
      { Name: 'no' },
    ),
  }),
  State: v.object({
    Running: v.boolean(),
    Paused: v.boolean(),
    Restarting: v.boolean(),
    Pid: v.number(),
    ExitCode: v.number(),
    OOMKilled: v.nullish(v.boolean(), false),
    StartedAt: foreignName,
    Health: v.nullish(v.object({ Status: foreignName })),
  }),
});

export type InspectAnswer = v.InferOutput<typeof inspectAnswerSchema>;

/** What is used of `GET /version`. */
export const engineVersionSchema = v.object({
  Version: foreignName,
  ApiVersion: foreignName,
});

/** e.g. `{ Version: '25.0.8', ApiVersion: '1.44' }` */
export type EngineVersion = v.InferOutput<typeof engineVersionSchema>;

/** One line of `GET /events`. `Action` exists from API 1.22 on. */
export const containerEventSchema = v.object({
  Action: v.string(),
});
