/**
 * What others may cost this daemon: the one policy for whatever comes from outside (DNS, IMDS, the Engine, introspection,
 * certificates, procfs, logs). Each limit is far above what the real thing needs; what goes beyond it is cut off, or
 * taken for a bad answer. docs/security.md names the attacks.
 */
export const budgets = {
  /** Characters of an identifier that is kept: an image, a cluster, an ARN (up to 360), the issuer of a certificate. */
  nameLength: 512,
  /** Characters of a foreign text that a message quotes. */
  quoteLength: 300,
  /** Addresses of one name. An interface endpoint has one for each zone, the public names up to eight. */
  addresses: 128,
  /** Rounds through the nameservers for one question, whatever `options attempts` says: glibc makes 5 at most, Go any. */
  dnsAttempts: 8,
  /** Search domains of resolv.conf: glibc before 2.26 took 6, a cluster's resolver has fewer. */
  dnsSearch: 16,
  /** Entries of a list of IMDS: EC2 has fewer than 100 network interfaces, fewer than 60 CIDR blocks. */
  imdsEntries: 128,
  /** Bytes of one item of IMDS: the longest, the list of interfaces, stays below 2 KiB. */
  imdsBytes: 64 * 1024,
  /** Milliseconds for all of IMDS in one look: up to 60 items, a few milliseconds each. */
  imdsMs: 20_000,
  /** Bytes of an answer of the Engine: that to an inspect call is about 10 KB. */
  engineBytes: 1024 * 1024,
  /** Bytes of the agent's own file of settings: all of them set are below 8 KiB. */
  agentConfigBytes: 64 * 1024,
  /** Lines of one stream of events: a container that ends at once, again and again, has 16 in the first ten seconds. */
  engineEvents: { atOnce: 20, thenEveryMs: 1_000 },
  /** Bytes of a text file that others write, such as the agent container's resolv.conf: a hosts file may have megabytes. */
  fileBytes: 16 * 1024 * 1024,
  /** Bytes of what introspection tells of the agent. */
  metadataBytes: 64 * 1024,
  /** Bytes of its list of tasks: 500 tasks of 10 containers are about 3 MB. They are counted as they come, none is kept. */
  tasksBytes: 8 * 1024 * 1024,
  /** Entries of one of dockerd's dns settings, or of the agent's container: a resolver takes three nameservers. */
  dnsSettings: 64,
  /** Bytes of daemon.json, of a process's command line, and of the resolver files in a container: a few hundred. */
  settingsBytes: 256 * 1024,
  /** Bytes and files of the agent's certificate authorities: all that Debian has are 220 KB, as files of their own again. */
  trust: { bytes: 4 * 1024 * 1024, files: 1_024 },
  /** Bytes of the kernel's table of connections: 150 for each, so 440,000 of them. */
  tcpTableBytes: 64 * 1024 * 1024,
  /** Log lines of one kind: so many at once, and then one in so many milliseconds. */
  logLines: { atOnce: 50, thenEveryMs: 60_000 },
} as const;
