import { adversary } from './campaign.ts';

adversary(3);
