import * as v from 'valibot';

const strings = v.nullish(v.array(v.string()), []);

/** The parts of the body of `POST /containers/create` that the embedded Engine acts on or shows again. */
export const createBodySchema = v.object({
  Image: v.string(),
  Cmd: strings,
  Entrypoint: strings,
  Env: strings,
  Labels: v.nullish(v.record(v.string(), v.string()), {}),
  StopSignal: v.optional(v.string()),
  HostConfig: v.nullish(
    v.object({
      Binds: strings,
      Init: v.nullish(v.boolean(), null),
      NetworkMode: v.optional(v.string(), 'default'),
      RestartPolicy: v.nullish(
        v.object({
          Name: v.pipe(
            v.picklist(['', 'no', 'always', 'unless-stopped', 'on-failure']),
            v.transform((name) => (name === '' ? 'no' : name)),
          ),
          MaximumRetryCount: v.optional(v.number(), 0),
        }),
        { Name: 'no', MaximumRetryCount: 0 },
      ),
    }),
    {},
  ),
});

export type CreateBody = v.InferOutput<typeof createBodySchema>;
