"""AWS CloudTrail records, one JSON object a line, ~1.3 KB. After "CloudTrail record contents" (event version 1.08 to 1.11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from corpora.draw import I64, Draw, iso
from corpora.pools import INSIDE, OUTSIDE, PEOPLE

ACCOUNTS = ("111122223333", "444455556666", "777788889999", "123456789012", "210987654321")
REGIONS = ("us-east-1", "eu-west-1", "us-west-2", "eu-central-1", "ap-southeast-2", "us-east-2")
ROLES = (
    "AdminRole",
    "ci-deployer",
    "eks-node",
    "lambda-billing",
    "ReadOnly",
    "AWSServiceRoleForAutoScaling",
    "data-pipeline",
)
BUCKETS = tuple(
    f"{a}-{b}" for a in ("corp-logs", "billing-exports", "prod-assets", "ml-data", "backup-eu") for b in range(9)
)
AGENTS = (
    "aws-cli/2.15.30 Python/3.11.8 Linux/6.1.79-99.167.amzn2023.x86_64 exe/x86_64.amzn.2023 prompt/off command/s3api.get-object",
    "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#5.10.210-201.855.amzn2.x86_64 md/arch#x86_64 lang/python#3.11.6 md/pyimpl#CPython cfg/retry-mode#legacy",
    "APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) terraform-provider-aws/5.42.0 (+https://registry.terraform.io/providers/hashicorp/aws)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "aws-sdk-go/1.50.25 (go1.21.7; linux; amd64) amazon-ssm-agent/3.3.131.0",
    "AWS Internal",
    "console.amazonaws.com",
)


class Row(NamedTuple):
    """What one record may need."""

    when: str
    ip: str
    inside: str
    user: str
    account: str
    region: str
    role: str
    agent: str
    n: int
    tag: str
    tag2: str


Parts = tuple[str, str, bool, Any, Any, list[dict[str, str]]]
# eventSource, eventName, readOnly, requestParameters, responseElements, resources


def _get_object(r: Row) -> Parts:
    bucket = BUCKETS[r.n % len(BUCKETS)]
    key = f"AWSLogs/{r.account}/CloudTrail/{r.region}/2026/11/{r.n % 28 + 1:02d}/{r.tag[:20]}.json.gz"
    asked = {"bucketName": bucket, "Host": f"{bucket}.s3.{r.region}.amazonaws.com", "key": key, "x-id": "GetObject"}
    owned = [
        {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"},
        {"accountId": r.account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
    ]
    return "s3.amazonaws.com", "GetObject" if r.n % 3 else "PutObject", bool(r.n % 3), asked, None, owned


def _assume_role(r: Row) -> Parts:
    arn = f"arn:aws:iam::{r.account}:role/{r.role}"
    asked = {"roleArn": arn, "roleSessionName": f"session-{r.n}", "durationSeconds": 3600, "externalId": r.tag[:12]}
    given = {
        "credentials": {
            "accessKeyId": "ASIA" + r.tag[:16].upper(),
            "sessionToken": "IQoJb3JpZ2luX2VjE" + r.tag + r.tag2 * 4,
            "expiration": "Nov 17, 2026, 9:00:00 AM",
        },
        "assumedRoleUser": {
            "assumedRoleId": f"AROA{r.tag2[:17].upper()}:session-{r.n}",
            "arn": f"arn:aws:sts::{r.account}:assumed-role/{r.role}/session-{r.n}",
        },
    }
    return (
        "sts.amazonaws.com",
        "AssumeRole",
        True,
        asked,
        given,
        [{"accountId": r.account, "type": "AWS::IAM::Role", "ARN": arn}],
    )


def _console_login(r: Row) -> Parts:
    return (
        "signin.amazonaws.com",
        "ConsoleLogin",
        False,
        None,
        {"ConsoleLogin": "Failure" if r.n % 4 == 0 else "Success"},
        [],
    )


def _describe(r: Row) -> Parts:
    name = ("DescribeInstances", "DescribeSecurityGroups", "DescribeVolumes", "DescribeSubnets")[r.n % 4]
    filters = {
        "items": [{"name": "instance-state-name", "valueSet": {"items": [{"value": "running"}, {"value": "pending"}]}}]
    }
    return "ec2.amazonaws.com", name, True, {"maxResults": 1000, "filterSet": filters, "instancesSet": {}}, None, []


def _run_instances(r: Row) -> Parts:
    asked = {
        "instancesSet": {"items": [{"imageId": f"ami-{r.tag[:17]}", "minCount": 1, "maxCount": 1, "keyName": "ops"}]},
        "groupSet": {"items": [{"groupId": f"sg-{r.tag2[:17]}"}]},
        "instanceType": ("t3.micro", "m6i.large", "p3.16xlarge")[r.n % 3],
        "blockDeviceMapping": {},
        "monitoring": {"enabled": False},
        "disableApiTermination": False,
        "tagSpecificationSet": {
            "items": [{"resourceType": "instance", "tags": [{"key": "Name", "value": f"app-{r.n}"}]}]
        },
    }
    given = {
        "requestId": r.tag,
        "reservationId": f"r-{r.tag2[:17]}",
        "ownerId": r.account,
        "instancesSet": {
            "items": [
                {
                    "instanceId": f"i-{r.tag[3:20]}",
                    "instanceState": {"code": 0, "name": "pending"},
                    "privateDnsName": f"ip-{r.inside.replace('.', '-')}.ec2.internal",
                    "privateIpAddress": r.inside,
                    "placement": {"availabilityZone": r.region + "a", "tenancy": "default"},
                }
            ]
        },
    }
    return "ec2.amazonaws.com", "RunInstances", False, asked, given, []


def _authorize(r: Row) -> Parts:
    ranges = {"items": [{"cidrIp": "0.0.0.0/0" if r.n % 3 else r.ip + "/32", "description": 'tmp "access" for ops'}]}
    asked = {
        "groupId": f"sg-{r.tag[:17]}",
        "ipPermissions": {
            "items": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {}, "ipRanges": ranges}]
        },
    }
    given = {
        "requestId": r.tag2,
        "_return": True,
        "securityGroupRuleSet": {"items": [{"groupOwnerId": r.account, "isEgress": False}]},
    }
    return "ec2.amazonaws.com", "AuthorizeSecurityGroupIngress", False, asked, given, []


def _create_user(r: Row) -> Parts:
    user = {
        "path": "/",
        "arn": f"arn:aws:iam::{r.account}:user/{r.user}",
        "userId": "AIDA" + r.tag[:17].upper(),
        "userName": r.user,
    }
    return "iam.amazonaws.com", "CreateUser", False, {"userName": r.user, "tags": []}, {"user": user}, []


def _put_policy(r: Row) -> Parts:
    policy = orjson.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": ["s3:*", "iam:PassRole"], "Resource": "*"}],
        }
    ).decode()
    return (
        "iam.amazonaws.com",
        "PutRolePolicy",
        False,
        {"roleName": r.role, "policyName": f"inline-{r.n}", "policyDocument": policy},
        None,
        [],
    )


def _access_key(r: Row) -> Parts:
    key = {
        "userName": r.user,
        "accessKeyId": "AKIA" + r.tag[:16].upper(),
        "status": "Active",
        "createDate": "Nov 17, 2026, 8:00:00 AM",
    }
    return "iam.amazonaws.com", "CreateAccessKey", False, {"userName": r.user}, {"accessKey": key}, []


def _decrypt(r: Row) -> Parts:
    arn = f"arn:aws:kms:{r.region}:{r.account}:key/{r.tag[:8]}-{r.tag[8:12]}-4d5a-9b1c-{r.tag[12:24]}"
    asked = {
        "encryptionContext": {
            "aws:s3:arn": f"arn:aws:s3:::{BUCKETS[r.n % len(BUCKETS)]}",
            "PARAMETER_ARN": f"/prod/{r.n % 77}",
        },
        "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }
    return (
        "kms.amazonaws.com",
        "Decrypt",
        True,
        asked,
        None,
        [{"accountId": r.account, "type": "AWS::KMS::Key", "ARN": arn}],
    )


def _stop_logging(r: Row) -> Parts:
    name = ("StopLogging", "DeleteTrail", "UpdateTrail")[r.n % 3]
    return (
        "cloudtrail.amazonaws.com",
        name,
        False,
        {"name": f"arn:aws:cloudtrail:{r.region}:{r.account}:trail/main"},
        None,
        [],
    )


def _lambda(r: Row) -> Parts:
    asked = {
        "functionName": f"billing-{r.n % 40}",
        "runtime": "python3.11",
        "role": f"arn:aws:iam::{r.account}:role/{r.role}",
        "handler": "app.handler",
        "code": {},
        "timeout": 30,
        "memorySize": 256,
        "environment": {},
        "tracingConfig": {"mode": "PassThrough"},
    }
    given = {
        **asked,
        "codeSize": r.n,
        "codeSha256": r.tag + "=",
        "version": "$LATEST",
        "state": "Pending",
        "packageType": "Zip",
    }
    return "lambda.amazonaws.com", "CreateFunction20150331", False, asked, given, []


def _logs(r: Row) -> Parts:
    asked = {"logGroupName": f"/aws/lambda/billing-{r.n % 40}", "logStreamName": f"2026/11/17/[$LATEST]{r.tag}"}
    return "logs.amazonaws.com", "CreateLogStream", False, asked, None, []


def _ssm(r: Row) -> Parts:
    asked = {"instanceId": f"i-{r.tag[:17]}", "agentVersion": "3.3.131.0", "agentStatus": "Active", "platformType": "Linux", "platformName": "Amazon Linux",
             "platformVersion": "2023", "iPAddress": r.inside, "computerName": f"ip-{r.inside.replace('.', '-')}.ec2.internal", "agentName": "amazon-ssm-agent"}  # fmt: skip
    return "ssm.amazonaws.com", "UpdateInstanceInformation", False, asked, None, []


RECORDS: list[tuple[float, Callable[[Row], Parts]]] = [
    (22, _get_object), (14, _assume_role), (3, _console_login), (16, _describe), (4, _run_instances), (3, _authorize),
    (2, _create_user), (2, _put_policy), (2, _access_key), (14, _decrypt), (1, _stop_logging), (4, _lambda), (6, _logs), (7, _ssm),
]  # fmt: skip

ERRORS = (
    ("AccessDenied", "User: arn:aws:iam::{a}:user/{u} is not authorized to perform: {e} on resource: * because no identity-based policy allows the {e} action"),
    ("Client.UnauthorizedOperation", "You are not authorized to perform this operation. User: {u} Encoded authorization failure message: {e}"),
    ("NoSuchBucket", "The specified bucket does not exist"),
    ("ThrottlingException", "Rate exceeded"),
)  # fmt: skip


def _identity(r: Row, login: bool) -> dict[str, Any]:
    kind = r.n % 20
    if kind < 4 or (login and kind < 15):
        known = {
            "type": "IAMUser",
            "principalId": "AIDA" + r.tag[:17].upper(),
            "arn": f"arn:aws:iam::{r.account}:user/{r.user}",
            "accountId": r.account,
        }
        if login:
            return {**known, "userName": r.user}
        return {**known, "accessKeyId": "AKIA" + r.tag[4:20].upper(), "userName": r.user}
    if kind < 16:
        role = {
            "type": "Role",
            "principalId": "AROA" + r.tag[:17].upper(),
            "arn": f"arn:aws:iam::{r.account}:role/{r.role}",
            "accountId": r.account,
            "userName": r.role,
        }
        return {
            "type": "AssumedRole",
            "principalId": f"AROA{r.tag[:17].upper()}:{r.user}",
            "arn": f"arn:aws:sts::{r.account}:assumed-role/{r.role}/{r.user}",
            "accountId": r.account,
            "accessKeyId": "ASIA" + r.tag2[:16].upper(),
            "sessionContext": {
                "sessionIssuer": role,
                "webIdFederationData": {},
                "attributes": {
                    "creationDate": "2026-11-17T07:41:12Z",
                    "mfaAuthenticated": "true" if r.n % 3 else "false",
                },
            },
        }
    if kind == 16:
        return {
            "type": "Root",
            "principalId": r.account,
            "arn": f"arn:aws:iam::{r.account}:root",
            "accountId": r.account,
        }
    if kind == 17:
        return {"type": "AWSAccount", "principalId": "AROA" + r.tag[:17].upper() + ":x", "accountId": r.account}
    return {"type": "AWSService", "invokedBy": ("autoscaling", "lambda", "ec2", "config")[r.n % 4] + ".amazonaws.com"}


def _record(make: Callable[[Row], Parts], r: Row) -> str:
    source, name, read_only, asked, given, resources = make(r)
    login = name == "ConsoleLogin"
    who = _identity(r, login)
    service = who["type"] == "AWSService"
    record: dict[str, Any] = {
        "eventVersion": "1.08" if r.n % 4 == 0 else "1.11",
        "userIdentity": who,
        "eventTime": r.when,
        "eventSource": source,
        "eventName": name,
        "awsRegion": r.region,
        "sourceIPAddress": who["invokedBy"] if service else r.ip,
        "userAgent": who["invokedBy"] if service else r.agent,
    }
    if r.n % 11 == 0 and not login:
        code, text = ERRORS[r.n % len(ERRORS)]
        record["errorCode"] = code
        record["errorMessage"] = text.format(a=r.account, u=r.user, e=f"{source.split('.')[0]}:{name}")
        given = None
    record["requestParameters"] = asked
    record["responseElements"] = given
    if login:
        record["additionalEventData"] = {
            "LoginTo": f"https://console.aws.amazon.com/console/home?region={r.region}&state=hashArgs%23&isauthcode=true",
            "MobileVersion": "No",
            "MFAUsed": "Yes" if r.n % 3 else "No",
        }
    else:
        record["requestID"] = f"{r.tag2[:8]}-{r.tag2[8:12]}-{r.tag2[12:16]}-{r.tag2[16:20]}-{r.tag2[20:32]}"
    record["eventID"] = f"{r.tag[:8]}-{r.tag[8:12]}-{r.tag[12:16]}-{r.tag[16:20]}-{r.tag[20:32]}"
    record["readOnly"] = read_only
    if resources:
        record["resources"] = resources
    record["eventType"] = "AwsConsoleSignIn" if login else "AwsApiCall"
    record["managementEvent"] = name not in ("GetObject", "PutObject")
    record["recipientAccountId"] = r.account
    record["eventCategory"] = "Management" if record["managementEvent"] else "Data"
    if not service:
        record["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{source.split('.')[0]}.{r.region}.amazonaws.com",
        }
    if "Mozilla" in r.agent and not login:
        record["sessionCredentialFromConsole"] = "true"
    return orjson.dumps(record).decode()


def lines(draw: Draw, micros: I64) -> list[str]:
    """One line a time of `micros`."""
    n = len(micros)
    rows = map(
        Row._make,
        zip(
            iso(micros, 0),
            draw.pick(OUTSIDE, n),
            draw.pick(INSIDE, n, 0.8),
            draw.pick(PEOPLE, n),
            draw.pick(ACCOUNTS, n),
            draw.pick(REGIONS, n),
            draw.pick(ROLES, n, 0.7),
            draw.pick(AGENTS, n, 0.7),
            draw.ints(0, 100_000, n),
            draw.hexes(32, n),
            draw.hexes(32, n),
            strict=True,
        ),
    )
    which = draw.kinds([w for w, _ in RECORDS], n).tolist()
    return [_record(RECORDS[k][1], row) for k, row in zip(which, rows, strict=True)]
