/** A text as it may be found in a log, a settings file or an answer, and the parts of it that must not leave the host. */
export interface SecretShape {
  readonly text: string;
  readonly secrets: readonly string[];
}

const keyId = 'AKIAIOSFODNN7EXAMPLE';
const secretKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const session = 'IQoJb3JpZ2luX2VjEB4aCXVzLWVhc3QtMSJHMEUCIQD+abc/DEF012==';
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
const pemBody = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg';
const basic = 'dXNlcjpwYXNzd29yZA==';
const github = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a';

function pem(label: string, newline = '\n'): string {
  return [`-----BEGIN ${label}-----`, pemBody, 'q83vEjRWeJCrze8=', `-----END ${label}-----`].join(newline);
}

function shape(text: string, ...secrets: string[]): SecretShape {
  return { text, secrets };
}

/** By what they are secrets of. */
export const secretShapes: Readonly<Record<string, readonly SecretShape[]>> = {
  AWS: [
    shape(`AWS_ACCESS_KEY_ID=${keyId}`, keyId),
    shape(`using key ${keyId}`, keyId),
    shape('role AROAIOSFODNN7EXAMPLE:i-0123', 'AROAIOSFODNN7EXAMPLE'),
    shape(`AWS_SECRET_ACCESS_KEY=${secretKey}`, secretKey, 'bPxRfiCYEXAMPLEKEY'),
    shape(`aws_secret_access_key = ${secretKey}`, secretKey),
    shape(`export AWS_SECRET_ACCESS_KEY='${secretKey}'`, secretKey),
    shape(`${keyId},${secretKey}`, keyId, secretKey),
    shape(`AWS_SESSION_TOKEN=${session}`, session, 'IQoJb3Jp'),
    shape(`token is ${session} until 5`, session, 'IQoJb3Jp'),
    shape(`{"SessionToken": "${session}"}`, session),
    shape(`{"SecretAccessKey":"short"}`, 'short'),
    shape('{\\"SecretAccessKey\\":\\"sh0rt\\",\\"x\\":1}', 'sh0rt'),
    shape(`<Credentials><SecretAccessKey>sh0rt</SecretAccessKey></Credentials>`, 'sh0rt'),
    shape(
      `{"AccessKeyId":"${keyId}","SecretAccessKey":"${secretKey}","Token":"${session}"}`,
      keyId,
      secretKey,
      session,
    ),
    shape(
      'GET /ws?X-Amz-Security-Token=IQoJb3JpZ2lu&X-Amz-Signature=5d672d79c15b&x=1',
      'IQoJb3Jp',
      '5d672d79c15b',
    ),
    shape('X-Amz-Signature%3D5d672d79c15b%26x%3D1', '5d672d79c15b'),
    shape(`X-Amz-Credential=${keyId}%2F20260102%2Fus-east-1`, keyId, '20260102%2Fus-east-1'),
    shape(
      'Authorization: AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/2026/x, SignedHeaders=host, Signature=5d672d79',
      'ASIAIOSFODNN7EXAMPLE',
      '5d672d79',
    ),
    shape('X-aws-ec2-metadata-token: AQAEAHh0b2tlbg==', 'AQAEAHh0b2tlbg'),
    shape('x-amz-security-token:sh0rt', 'sh0rt'),
    shape('AWS_CONTAINER_AUTHORIZATION_TOKEN=Basic abc:def ghi', 'abc', 'ghi'),
    shape('arn:aws:ecs:us-east-1:123456789012:container-instance/lab/0123', '123456789012'),
    shape('arn%3Aaws%3Aecs%3Aus-east-1%3A123456789012%3Acontainer-instance', '123456789012'),
    shape('123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1', '123456789012'),
    shape('{"accountId": "123456789012"}', '123456789012'),
  ],
  'the registry of the agent': [
    shape(
      `ECS_ENGINE_AUTH_DATA={"https://index.docker.io/v1/":{"auth":"${basic}","email":"me@x.org"}}`,
      basic,
      'me@x',
    ),
    shape(
      'ECS_ENGINE_AUTH_DATA={"https://index.docker.io/v1/":{"username":"me","password":"pw1","email":"m@x"}}',
      'pw1',
    ),
    shape(`"ECS_ENGINE_AUTH_DATA={\\"https://index.docker.io/v1/\\":{\\"auth\\":\\"${basic}\\"}}"`, basic),
    shape(`Env:[ECS_ENGINE_AUTH_TYPE=dockercfg ECS_ENGINE_AUTH_DATA={"r":{"auth":"${basic}"}} A=b]`, basic),
    shape(`{"auths":{"https://index.docker.io/v1/":{"auth":"${basic}"}}}`, basic),
    shape(`{"https://index.docker.io/v1/":{"auth":"short","email":"me@example.org"}}`, 'short'),
    shape('{"auths":{"r":{"identitytoken":"sh0rt"}}}', 'sh0rt'),
    shape('{"credsStore":"x","auths":{"r":{"username":"me","password":"p w\\"1"}}}', 'p w', '"1'),
    shape(`X-Registry-Auth: ${jwt}`, jwt, 'dozjgNryP4J3jVmNHl0w5N'),
    shape('ECS_ENGINE_AUTH_DATA: {"r": {"password": "pw1"', 'pw1'),
  ],
  'URLs and proxies': [
    shape('HTTPS_PROXY=http://user:hunter2@10.0.0.80:3128', 'hunter2'),
    shape('HTTPS_PROXY=http://user:hun/ter2@10.0.0.80:3128', 'hun/', 'ter2'),
    shape('HTTP_PROXY=http://user:h@n/t?r#2@proxy.example.com:3128', 'n/t?r#2', 'user'),
    shape('HTTP_PROXY=http://us%40er:h%2Fnter2@proxy:3128', 'h%2Fnter2'),
    shape(`HTTP_PROXY=http://user:hun"t'er2@proxy:3128`, 'er2', 'hun'),
    shape('http_proxy=user:hunter2@proxy:3128', 'hunter2'),
    shape('{"proxy": "http://user:hunter2@proxy.example.com"}', 'hunter2'),
    shape('proxyconnect tcp: http%3A%2F%2Fuser%3Ahunter2%40proxy: EOF', 'hunter2'),
    shape('Get "https://user:hunter2@registry.example.com/v2/": EOF', 'hunter2'),
    shape('redis://:hun/ter2@cache:6379/0', 'hun/', 'ter2'),
    shape('postgres://app:päss{w}ord@db/x', 'päss{w}ord'),
    shape('jdbc:postgresql://db/x?user=me&password=hunter2&ssl=true', 'hunter2'),
    shape('https://github.com/x?access_token=sh0rt&y=1', 'sh0rt'),
    shape(`git clone https://${github}@github.com/x/y`, github),
    shape('https://hooks.slack.com/services/T000/B000/XXXXsecret', 'XXXXsecret'),
    shape('https://a.blob.core.windows.net/x?sv=2020&sig=abc%2Fdef%3D&se=1', 'abc%2Fdef'),
    shape('curl -u user:hunter2 https://example.com', 'hunter2'),
    shape('curl --proxy-user "user:hunter2" https://example.com', 'hunter2'),
  ],
  'headers and tokens': [
    shape('Authorization: Bearer abc.def', 'abc.def'),
    shape(`Authorization: Basic ${basic}`, basic),
    shape(`Proxy-Authorization: Basic ${basic}`, basic),
    shape(`map[Authorization:[Bearer abc] Host:[x]]`, 'abc'),
    shape(`-H 'Authorization: token sh0rt'`, 'sh0rt'),
    shape(`sent Bearer ${jwt}`, jwt),
    shape(`sent ${jwt}.`, jwt, 'eyJzdWIiOiIxMjM0NTY3ODkwIn0'),
    shape('Cookie: a=b1; session=s3', 'b1', 's3'),
    shape('"Set-Cookie": "session=s3; HttpOnly"', 's3'),
    shape('x-api-key: sh0rt', 'sh0rt'),
    shape(`cloned with ${github}`, github),
    shape('github_pat_11ABCDEFG0123456789_abcdefghijklmnop', '11ABCDEFG0123456789'),
    shape('glpat-abcdefghij0123456789', 'abcdefghij0123456789'),
    shape('xoxb-123456789012-abcdefABCDEF', 'abcdefABCDEF'),
    shape('sk_live_abcdefghijklmnop0123', 'abcdefghijklmnop0123'),
    shape('dckr_pat_abcdefghijklmnop0123', 'abcdefghijklmnop0123'),
    shape('hvs.CAESIabcdefghij0123', 'CAESIabcdefghij0123'),
  ],
  'files and settings': [
    shape('//registry.npmjs.org/:_authToken=sh0rt-0123', 'sh0rt-0123'),
    shape(
      '//registry.npmjs.org/:_authToken=npm_abcdefghijklmnopqrstuvwxyz0123456789',
      'abcdefghijklmnopqrstuvwxyz',
    ),
    shape('_password=cGFzcw==', 'cGFzcw'),
    shape(`_auth=${basic}`, basic),
    shape('machine example.com login me password hunter2', 'hunter2'),
    shape('DB_PASSWORD=correct horse, battery & staple', 'correct', 'horse', 'battery', 'staple'),
    shape('DB_PASSWORD="correct horse" X=1', 'correct', 'horse'),
    shape('password: hunter2', 'hunter2'),
    shape("password: 'hun''ter2'", 'ter2'),
    shape('MYSQL_PWD=hunter2', 'hunter2'),
    shape('SMTP_PASS=hunter2', 'hunter2'),
    shape('{"password": 123456}', '123456'),
    shape('{"credentials": {"user": "me", "value": "hunter2"}}', 'hunter2'),
    shape('{"environment":[{"name":"DB_PASSWORD","value":"hunter2"}]}', 'hunter2'),
    shape('{"Env":["DB_PASSWORD=correct horse","A=b"]}', 'correct', 'horse'),
    shape('["DB_PASSWORD=correct horse","A=b"]', 'correct', 'horse'),
    shape('{"message":"{\\"password\\":\\"hunter2\\"}"}', 'hunter2'),
    shape("{'password': 'hunter2', 'a': 1}", 'hunter2'),
    shape('%7B%22password%22%3A%22hunter2%22%7D', 'hunter2'),
    shape('psql --password hunter2 --host db', 'hunter2'),
    shape('AccountName=x;AccountKey=abc123==;EndpointSuffix=y', 'abc123'),
    shape('root:$6$saltsalt$abcdefghijklmnopqrstuv:19000:0', 'abcdefghijklmnopqrstuv'),
    shape('<password>hunter2</password>', 'hunter2'),
  ],
  'lists, and more than one line': [
    shape('{"args":["--password","hunter2"]}', 'hunter2'),
    shape('["psql","--password","hunter2","--host","db"]', 'hunter2'),
    shape('{"Cmd":["curl","-u","me:hunter2"]}', 'hunter2'),
    shape('{"headers":[["x-api-key","hunter2"],["Host","a"]]}', 'hunter2'),
    shape('{"rawHeaders":["Host","a","Authorization","hunter2"]}', 'hunter2'),
    shape('{"ParameterKey":"DbPassword","ParameterValue":"hunter2"}', 'hunter2'),
    shape('{"hostName":"a","name":"DB_PASSWORD","val":"hunter2"}', 'hunter2'),
    shape('<add key="DbPassword" value="hunter2"/>', 'hunter2'),
    shape('password -> hunter2', 'hunter2'),
    shape('password: |\n    hunter2\n\n    horse\nother: 1', 'hunter2', 'horse'),
    shape('"password":\n    "hunter2"', 'hunter2'),
    shape('- name: DB_PASSWORD\n  value: hunter2', 'hunter2'),
    shape('"name": "DB_PASSWORD",\n    "value": "hunter2"', 'hunter2'),
    shape('NEW_RELIC_LICENSE_KEY=hunter2', 'hunter2'),
    shape('TS_AUTHKEY=hunter2', 'hunter2'),
    shape('HMAC_KEY=hunter2', 'hunter2'),
    shape('DB_CREDS=me/hunter2', 'hunter2'),
    shape('passcode=hunter2', 'hunter2'),
  ],
  keys: [
    shape(pem('PRIVATE KEY'), pemBody, 'q83vEjRWeJCrze8'),
    shape(pem('RSA PRIVATE KEY', '\r\n'), pemBody, 'q83vEjRWeJCrze8'),
    shape(pem('OPENSSH PRIVATE KEY', ' '), pemBody, 'q83vEjRWeJCrze8'),
    shape(pem('EC PRIVATE KEY', '\\n'), pemBody, 'q83vEjRWeJCrze8'),
    shape(`KEY="${pem('PRIVATE KEY', '\\n')}"`, pemBody, 'q83vEjRWeJCrze8'),
    shape(JSON.stringify({ tls: { key: pem('PRIVATE KEY') } }), pemBody, 'q83vEjRWeJCrze8'),
    shape(JSON.stringify({ log: JSON.stringify({ key: pem('PRIVATE KEY') }) }), pemBody, 'q83vEjRWeJCrze8'),
    shape(pem('PGP PRIVATE KEY BLOCK'), pemBody, 'q83vEjRWeJCrze8'),
    shape(
      `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A\n\nq83vEjRW\n-----END RSA PRIVATE KEY-----`,
      'q83vEjRW',
    ),
    shape(`-----BEGIN PRIVATE KEY-----\nq83vEjRW\nMIGH`, 'q83vEjRW', 'MIGH'),
    shape(`q83vEjRW\nMIGH\n-----END PRIVATE KEY-----\nafter`, 'q83vEjRW', 'MIGH'),
    shape(pemBody, pemBody),
    shape('AGE-SECRET-KEY-1QQPQZ', '1QQPQZ'),
    shape('signing_key=sh0rt', 'sh0rt'),
  ],
};
