/** A type of resource as CloudFormation knows it. */
export interface ResourceType {
  readonly required: readonly string[];
  readonly properties: readonly string[];
  /** What Fn::GetAtt gives. */
  readonly attributes: readonly string[];
}

const type = (required: string, properties: string, attributes: string): ResourceType => {
  const words = (text: string): readonly string[] => text.split(" ").filter((word) => word !== "");
  return { required: words(required), properties: words(properties), attributes: words(attributes) };
};

/** AWS CloudFormation, "AWS resource and property types reference", as of November 2026: only the types that the templates use. */
export const RESOURCE_TYPES: Readonly<Record<string, ResourceType>> = {
  "AWS::CloudWatch::Alarm": type(
    "",
    "ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm Dimensions EvaluateLowSampleCountPercentile EvaluationCriteria EvaluationInterval EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName Metrics Namespace OKActions Period Statistic Tags Threshold ThresholdMetricId TreatMissingData Unit",
    "Arn",
  ),
  "AWS::CloudWatch::Dashboard": type("DashboardBody", "DashboardBody DashboardName", ""),
  "AWS::DynamoDB::Table": type(
    "KeySchema",
    "AttributeDefinitions BillingMode ContributorInsightsSpecification DeletionProtectionEnabled GlobalSecondaryIndexes ImportSourceSpecification KeySchema KinesisStreamSpecification LocalSecondaryIndexes OnDemandThroughput PointInTimeRecoverySpecification ProvisionedThroughput ResourcePolicy SSESpecification StreamSpecification TableClass TableName Tags TimeToLiveSpecification WarmThroughput",
    "Arn StreamArn",
  ),
  "AWS::EC2::SecurityGroup": type(
    "GroupDescription",
    "GroupDescription GroupName SecurityGroupEgress SecurityGroupIngress Tags VpcId",
    "Id GroupId",
  ),
  "AWS::EC2::VPCEndpoint": type(
    "VpcId",
    "DnsOptions IpAddressType PolicyDocument PrivateDnsEnabled ResourceConfigurationArn RouteTableIds SecurityGroupIds ServiceName ServiceNetworkArn ServiceRegion SubnetIds Tags VpcEndpointType VpcId",
    "NetworkInterfaceIds CreationTimestamp DnsEntries Id",
  ),
  "AWS::Events::EventBus": type("Name", "DeadLetterConfig Description EventSourceName KmsKeyIdentifier LogConfig Name Policy Tags", "Arn"),
  "AWS::Events::EventBusPolicy": type("StatementId", "Action Condition EventBusName Principal Statement StatementId", ""),
  "AWS::Events::Rule": type("", "Description EventBusName EventPattern Name RoleArn ScheduleExpression State Tags Targets", "Arn"),
  "AWS::IAM::ManagedPolicy": type(
    "PolicyDocument",
    "Description Groups ManagedPolicyName Path PolicyDocument Roles Users",
    "PolicyArn AttachmentCount CreateDate DefaultVersionId IsAttachable PermissionsBoundaryUsageCount PolicyId UpdateDate",
  ),
  "AWS::IAM::Role": type(
    "AssumeRolePolicyDocument",
    "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path PermissionsBoundary Policies RoleName Tags",
    "Arn RoleId",
  ),
  "AWS::KMS::Alias": type("AliasName TargetKeyId", "AliasName TargetKeyId", ""),
  "AWS::KMS::Key": type(
    "",
    "BypassPolicyLockoutSafetyCheck Description EnableKeyRotation Enabled KeyPolicy KeySpec KeyUsage MultiRegion Origin PendingWindowInDays RotationPeriodInDays Tags",
    "Arn KeyId",
  ),
  "AWS::Lambda::EventInvokeConfig": type(
    "FunctionName Qualifier",
    "DestinationConfig FunctionName MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier",
    "",
  ),
  "AWS::Lambda::EventSourceMapping": type(
    "FunctionName",
    "AmazonManagedKafkaEventSourceConfig BatchSize BisectBatchOnFunctionError DestinationConfig DocumentDBEventSourceConfig Enabled EventSourceArn FilterCriteria FunctionName FunctionResponseTypes KmsKeyArn LoggingConfig MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts MetricsConfig ParallelizationFactor ProvisionedPollerConfig Queues ScalingConfig SelfManagedEventSource SelfManagedKafkaEventSourceConfig SourceAccessConfigurations StartingPosition StartingPositionTimestamp Tags Topics TumblingWindowInSeconds",
    "Id EventSourceMappingArn",
  ),
  "AWS::Lambda::Function": type(
    "Code Role",
    "Architectures CapacityProviderConfig Code CodeSigningConfigArn DeadLetterConfig Description DurableConfig Environment EphemeralStorage FileSystemConfigs FunctionName FunctionScalingConfig Handler ImageConfig KmsKeyArn Layers LoggingConfig MemorySize PackageType PublishToLatestPublished RecursiveLoop ReservedConcurrentExecutions Role Runtime RuntimeManagementConfig SnapStart Tags TenancyConfig Timeout TracingConfig VpcConfig",
    "SnapStartResponse Arn",
  ),
  "AWS::Lambda::Permission": type(
    "FunctionName Action Principal",
    "Action EventSourceToken FunctionName FunctionUrlAuthType InvokedViaFunctionUrl Principal PrincipalOrgID SourceAccount SourceArn",
    "Id",
  ),
  "AWS::Lambda::Url": type("TargetFunctionArn AuthType", "AuthType Cors InvokeMode Qualifier TargetFunctionArn", "FunctionUrl FunctionArn"),
  "AWS::Logs::LogGroup": type(
    "",
    "BearerTokenAuthenticationEnabled DataProtectionPolicy DeletionProtectionEnabled FieldIndexPolicies KmsKeyId LogGroupClass LogGroupName ResourcePolicyDocument RetentionInDays Tags",
    "Arn",
  ),
  "AWS::S3::Bucket": type(
    "",
    "AbacStatus AccelerateConfiguration AccessControl AnalyticsConfigurations BucketEncryption BucketName BucketNamePrefix BucketNamespace CorsConfiguration IntelligentTieringConfigurations InventoryConfigurations LifecycleConfiguration LoggingConfiguration MetadataConfiguration MetadataTableConfiguration MetricsConfigurations NotificationConfiguration ObjectLockConfiguration ObjectLockEnabled OwnershipControls PublicAccessBlockConfiguration ReplicationConfiguration Tags VersioningConfiguration WebsiteConfiguration",
    "Arn DomainName DualStackDomainName RegionalDomainName WebsiteURL",
  ),
  "AWS::S3::BucketPolicy": type("Bucket PolicyDocument", "Bucket PolicyDocument", ""),
  "AWS::SNS::Subscription": type(
    "TopicArn Protocol",
    "DeliveryPolicy Endpoint FilterPolicy FilterPolicyScope Protocol RawMessageDelivery RedrivePolicy Region ReplayPolicy SubscriptionRoleArn TopicArn",
    "Arn",
  ),
  "AWS::SNS::Topic": type(
    "",
    "ArchivePolicy ContentBasedDeduplication DataProtectionPolicy DeliveryStatusLogging DisplayName FifoThroughputScope FifoTopic KmsMasterKeyId SignatureVersion Subscription Tags TopicName TracingConfig",
    "TopicArn",
  ),
  "AWS::SNS::TopicPolicy": type("PolicyDocument Topics", "PolicyDocument Topics", "Id"),
  "AWS::SQS::Queue": type(
    "",
    "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue FifoThroughputLimit KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod QueueName ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy SqsManagedSseEnabled Tags VisibilityTimeout",
    "QueueUrl Arn QueueName",
  ),
  "AWS::SQS::QueuePolicy": type("PolicyDocument Queues", "PolicyDocument Queues", "Id"),
  "AWS::Scheduler::Schedule": type(
    "FlexibleTimeWindow ScheduleExpression Target",
    "Description EndDate FlexibleTimeWindow GroupName KmsKeyArn Name ScheduleExpression ScheduleExpressionTimezone StartDate State Target",
    "Arn",
  ),
  "AWS::Scheduler::ScheduleGroup": type("", "Name Tags", "Arn CreationDate LastModificationDate State"),
  "AWS::SecretsManager::Secret": type("", "Description GenerateSecretString KmsKeyId Name ReplicaRegions SecretString Tags Type", "Id"),
};
