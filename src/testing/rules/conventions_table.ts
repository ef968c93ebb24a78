/**
 * The attributes of OpenTelemetry's semantic conventions, written by tests/testing/conventions_source.ts.
 *
 * @module
 */

/** The version of the conventions. */
export const VERSION = "1.45.0";

/** After each first word, the rest of its attributes; `#` is a number, `.*` stands for any name. */
export const NAMES = `
android: app.state os.api_level app: build_id crash.id installation.id jank.frame_count#
jank.period jank.threshold screen.coordinate.x screen.coordinate.y screen.id screen.name widget.id
widget.name artifact: attestation.filename attestation.hash attestation.id filename hash purl
version aspnetcore: authentication.result authentication.scheme authorization.policy
authorization.result diagnostics.exception.result diagnostics.handler.type identity.error_code
identity.password_check_result identity.result identity.sign_in.result identity.sign_in.type
identity.token_purpose identity.token_verified identity.user.update_type identity.user_type
memory_pool.owner rate_limiting.policy rate_limiting.result request.is_unhandled
routing.is_fallback routing.match_status sign_in.is_persistent user.is_authenticated aws:
bedrock.guardrail.id bedrock.knowledge_base.id dynamodb.attribute_definitions
dynamodb.attributes_to_get dynamodb.consistent_read dynamodb.consumed_capacity dynamodb.count#
dynamodb.exclusive_start_table dynamodb.global_secondary_index_updates
dynamodb.global_secondary_indexes dynamodb.index_name dynamodb.item_collection_metrics
dynamodb.limit dynamodb.local_secondary_indexes dynamodb.projection
dynamodb.provisioned_read_capacity dynamodb.provisioned_write_capacity dynamodb.scan_forward
dynamodb.scanned_count# dynamodb.segment dynamodb.select dynamodb.table_count#
dynamodb.table_names dynamodb.total_segments ecs.cluster.arn ecs.container.arn ecs.launchtype
ecs.task.arn ecs.task.family ecs.task.id ecs.task.revision eks.cluster.arn extended_request_id
kinesis.stream_name lambda.invoked_arn lambda.resource_mapping.id log.group.arns log.group.names
log.stream.arns log.stream.names request_id s3.bucket s3.copy_source s3.delete s3.key
s3.part_number# s3.upload_id secretsmanager.secret.arn sns.topic.arn sqs.queue.url
step_functions.activity.arn step_functions.state_machine.arn azure: client.id
cosmosdb.connection.mode cosmosdb.consistency.level cosmosdb.operation.contacted_regions
cosmosdb.operation.request_charge cosmosdb.request.body.size cosmosdb.response.sub_status_code#
eventhubs.message.enqueued_time resource_group.name resource_provider.namespace service.request.id
servicebus.disposition_status servicebus.message.delivery_count# servicebus.message.enqueued_time
browser: brands document.url.full language mobile platform web_vital.delta web_vital.id
web_vital.name web_vital.navigation_type web_vital.rating web_vital.value cassandra:
consistency.level coordinator.dc coordinator.id page.size# query.idempotent
speculative_execution.count# cicd: pipeline.action.name pipeline.name pipeline.result
pipeline.run.id pipeline.run.state pipeline.run.url.full pipeline.task.name pipeline.task.run.id
pipeline.task.run.result pipeline.task.run.url.full pipeline.task.type system.component worker.id
worker.name worker.state worker.url.full client: address as.number# as.organization mac.address
port# prefix service.name service.namespace cloud: account.id availability_zone platform provider
region resource_id cloudevents: event_id event_source event_spec_version event_subject event_type
cloudfoundry: app.id app.instance.id app.name org.id org.name process.id process.type space.id
space.name system.id system.instance.id code: column.number# file.path function.name line.number#
stacktrace container: command command_args command_line csi.plugin.name csi.volume.id id image.id
image.name image.repo_digests image.tags label.* name runtime.description runtime.name
runtime.version cpu: logical_number# mode cpython: gc.generation db: client.connection.pool.name
client.connection.state collection.name namespace operation.batch.size# operation.name
operation.parameter.* query.parameter.* query.summary query.text response.returned_rows
response.status_code stored_procedure.name system.name deployment: environment.name id name status
destination: address as.number# as.organization mac.address port# prefix device: id manufacturer
model.identifier model.name disk: io.direction dns: answers question.name dotnet:
gc.heap.generation elasticsearch: node.name error: type exception: message stacktrace type faas:
coldstart cron document.collection document.name document.operation document.time instance
invocation.id invocation.start_time invoked_name invoked_provider invoked_region max_memory name
trigger version feature_flag: context.id error.message key provider.name result.reason
result.value result.variant set.id version file: accessed attributes changed created directory
extension fork_name group.id group.name inode lock.mechanism lock.mode lock.type mode modified
name owner.id owner.name path size symbolic_link.target_path gcp: apphub.application.container
apphub.application.id apphub.application.location apphub.service.criticality_type
apphub.service.environment_type apphub.service.id apphub.workload.criticality_type
apphub.workload.environment_type apphub.workload.id apphub_destination.application.container
apphub_destination.application.id apphub_destination.application.location
apphub_destination.service.criticality_type apphub_destination.service.environment_type
apphub_destination.service.id apphub_destination.workload.criticality_type
apphub_destination.workload.environment_type apphub_destination.workload.id client.service
cloud_run.job.execution cloud_run.job.task_index gce.instance.hostname gce.instance.labels.*
gce.instance.name gce.instance_group_manager.name gce.instance_group_manager.region
gce.instance_group_manager.zone pubsub.message.ack_deadline pubsub.message.ack_id
pubsub.message.delivery_attempt pubsub.message.ordering_key geo: continent.code country.iso_code
locality.name location.lat location.lon postal_code region.iso_code go: cpu.detailed_state
cpu.state memory.detailed_type memory.type graphql: document operation.name operation.type heroku:
app.id release.commit release.creation_timestamp host: arch cpu.cache.l2.size# cpu.family
cpu.model.id cpu.model.name cpu.stepping cpu.vendor.id id image.id image.name image.version ip mac
name type http: connection.state request.body.content request.body.size# request.header.*
request.method request.method_original request.resend_count# request.size# response.body.content
response.body.size# response.header.* response.size# response.status_code# route hw:
battery.capacity battery.chemistry battery.state bios_version driver_version enclosure.type
firmware_version gpu.task id limit_type logical_disk.raid_level logical_disk.state memory.type
model name network.logical_addresses network.physical_address parent physical_disk.smart_attribute
physical_disk.state physical_disk.type sensor_location serial_number state
tape_drive.operation_type type vendor ios: app.state jsonrpc: protocol.version request.id jvm:
buffer.pool.name executor.name executor.owner.name executor.thread.state executor.type gc.action
gc.cause gc.name memory.pool.name memory.type thread.daemon thread.state k8s: cluster.name
cluster.uid container.ephemeral_storage.fs_type container.name container.restart_count
container.status.last_terminated_reason container.status.reason container.status.state
cronjob.annotation.* cronjob.label.* cronjob.name cronjob.uid daemonset.annotation.*
daemonset.label.* daemonset.name daemonset.uid deployment.annotation.* deployment.label.*
deployment.name deployment.uid hpa.metric.type hpa.name hpa.scaletargetref.api_version
hpa.scaletargetref.kind hpa.scaletargetref.name hpa.uid hugepage.size job.annotation.* job.label.*
job.name job.uid namespace.annotation.* namespace.label.* namespace.name namespace.phase
node.annotation.* node.condition.status node.condition.type node.label.* node.name
node.system_container.name node.uid persistentvolume.annotation.* persistentvolume.label.*
persistentvolume.name persistentvolume.reclaim_policy persistentvolume.status.phase
persistentvolume.uid persistentvolumeclaim.annotation.* persistentvolumeclaim.label.*
persistentvolumeclaim.name persistentvolumeclaim.status.phase persistentvolumeclaim.uid
pod.annotation.* pod.hostname pod.ip pod.label.* pod.name pod.start_time pod.status.phase
pod.status.reason pod.uid replicaset.annotation.* replicaset.label.* replicaset.name
replicaset.uid replicationcontroller.name replicationcontroller.uid resourcequota.name
resourcequota.resource_name resourcequota.uid service.annotation.* service.endpoint.address_type
service.endpoint.condition service.endpoint.zone service.label.* service.name
service.publish_not_ready_addresses service.selector.* service.traffic_distribution service.type
service.uid statefulset.annotation.* statefulset.label.* statefulset.name statefulset.uid
storageclass.name volume.name volume.type kafka: cluster.id message.key message.tombstone offset
log: file.name file.name_resolved file.path file.path_resolved iostream record.original record.uid
mainframe: lpar.name messaging: batch.message_count# client.id consumer.group.name
destination.anonymous destination.name destination.partition.id destination.subscription.name
destination.template destination.temporary message.body.size# message.conversation_id
message.envelope.size# message.id operation.name operation.type system.name network: carrier.icc
carrier.mcc carrier.mnc carrier.name connection.state connection.subtype connection.type
interface.name io.direction local.address local.as.number# local.as.organization local.mac.address
local.port# local.prefix peer.address peer.as.number# peer.as.organization peer.mac.address
peer.port# peer.prefix protocol.name protocol.version transport type nfs: operation.name
server.repcache.status nodejs: eventloop.state oci: manifest.digest onc_rpc: procedure.name
procedure.number program.name version openshift: clusterquota.name clusterquota.uid oracle:
db.domain db.instance.name db.name db.pdb db.service oracle_cloud: realm os: build_id description
name type version otel: component.name component.type event.name scope.name scope.schema_url
scope.version span.parent.origin span.sampling_result status_code status_description pprof:
location.is_folded mapping.has_filenames mapping.has_functions mapping.has_inline_frames
mapping.has_line_numbers profile.comment profile.doc_url profile.drop_frames profile.keep_frames
scope.default_sample_type scope.sample_type_order process: args_count# command command_args
command_line context_switch.type creation.time environment_variable.* executable.build_id.gnu
executable.build_id.go executable.build_id.htlhash executable.name executable.path exit.code
exit.time group_leader.pid# interactive linux.cgroup owner parent_pid# pid# real_user.id
real_user.name runtime.description runtime.name runtime.version saved_user.id saved_user.name
session_leader.pid# state title user.id user.name vpid# working_directory profile: frame.type
rabbitmq: destination.routing_key message.delivery_tag rocketmq: consumption_model
message.delay_time_level message.delivery_timestamp message.group message.keys message.tag
message.type namespace rpc: method method_original request.header.* response.header.*
response.trailer.* status_code system.name security_rule: category description license name
reference ruleset.name uuid version server: address as.number# as.organization mac.address port#
prefix service.name service.namespace service: criticality instance.cost_center.id
instance.cost_center.name instance.id name namespace version session: id previous_id signalr:
connection.status transport source: address as.number# as.organization mac.address port# prefix
system: device.name filesystem.mode filesystem.mountpoint filesystem.state filesystem.type
memory.linux.hugepages.state memory.linux.slab.state memory.state paging.direction
paging.fault.type paging.state telemetry: distro.name distro.version sdk.language sdk.name
sdk.version test: case.name case.result.status suite.name suite.run.status thread: id name tls:
cipher client.certificate client.certificate_chain client.hash.md5 client.hash.sha1
client.hash.sha256 client.issuer client.ja3 client.not_after client.not_before client.subject
client.supported_ciphers curve established next_protocol protocol.name protocol.version resumed
server.certificate server.certificate_chain server.hash.md5 server.hash.sha1 server.hash.sha256
server.issuer server.ja3s server.not_after server.not_before server.subject url: domain extension
fragment full original path port# query registered_domain scheme subdomain template
top_level_domain user: email full_name hash id name roles user_agent: name original os.name
os.version synthetic.type version v8js: gc.type heap.space.name resource.type vcs: change.id
change.state change.title line_change.type owner.name provider.name ref.base.name
ref.base.revision ref.base.type ref.head.name ref.head.revision ref.head.type ref.type
repository.name repository.url.full revision_delta.direction webengine: description name version
`;

/** Attributes that were given up, and what replaces them; nothing where several do, or none. */
export const OLD = `
android.state>android.app.state az.namespace>azure.resource_provider.namespace
az.service_request_id>azure.service.request.id code.column>code.column.number
code.filepath>code.file.path code.function> code.lineno>code.line.number code.namespace>
container.cpu.state>cpu.mode container.labels>container.label
container.runtime>container.runtime.name
db.cassandra.consistency_level>cassandra.consistency.level
db.cassandra.coordinator.dc>cassandra.coordinator.dc
db.cassandra.coordinator.id>cassandra.coordinator.id
db.cassandra.idempotence>cassandra.query.idempotent db.cassandra.page_size>cassandra.page.size
db.cassandra.speculative_execution_count>cassandra.speculative_execution.count
db.cassandra.table>db.collection.name
db.client.connections.pool.name>db.client.connection.pool.name
db.client.connections.state>db.client.connection.state db.connection_string>server.address
db.cosmosdb.client_id>azure.client.id db.cosmosdb.connection_mode>azure.cosmosdb.connection.mode
db.cosmosdb.consistency_level>azure.cosmosdb.consistency.level
db.cosmosdb.container>db.collection.name db.cosmosdb.operation_type>
db.cosmosdb.regions_contacted>azure.cosmosdb.operation.contacted_regions
db.cosmosdb.request_charge>azure.cosmosdb.operation.request_charge
db.cosmosdb.request_content_length>azure.cosmosdb.request.body.size
db.cosmosdb.status_code>db.response.status_code
db.cosmosdb.sub_status_code>azure.cosmosdb.response.sub_status_code
db.elasticsearch.cluster.name>db.namespace db.elasticsearch.node.name>elasticsearch.node.name
db.elasticsearch.path_parts>db.operation.parameter db.instance.id> db.jdbc.driver_classname>
db.mongodb.collection>db.collection.name db.mssql.instance_name> db.name>db.namespace
db.operation>db.operation.name db.redis.database_index>db.namespace
db.sql.table>db.collection.name db.statement>db.query.text db.system>db.system.name db.user>
deployment.environment>deployment.environment.name enduser.id> enduser.pseudo.id>
enduser.role>user.roles enduser.scope> error.message> event.name> exception.escaped>
feature_flag.evaluation.error.message>feature_flag.error.message
feature_flag.evaluation.reason>feature_flag.result.reason
feature_flag.variant>feature_flag.result.variant gen_ai.agent.description> gen_ai.agent.id>
gen_ai.agent.name> gen_ai.agent.version> gen_ai.completion> gen_ai.conversation.id>
gen_ai.data_source.id> gen_ai.embeddings.dimension.count> gen_ai.evaluation.explanation>
gen_ai.evaluation.name> gen_ai.evaluation.score.label> gen_ai.evaluation.score.value>
gen_ai.input.messages> gen_ai.openai.request.response_format>gen_ai.output.type
gen_ai.openai.request.seed>gen_ai.request.seed
gen_ai.openai.request.service_tier>openai.request.service_tier
gen_ai.openai.response.service_tier>openai.response.service_tier
gen_ai.openai.response.system_fingerprint>openai.response.system_fingerprint
gen_ai.operation.name> gen_ai.output.messages> gen_ai.output.type> gen_ai.prompt>
gen_ai.prompt.name> gen_ai.provider.name> gen_ai.request.choice.count>
gen_ai.request.encoding_formats> gen_ai.request.frequency_penalty> gen_ai.request.max_tokens>
gen_ai.request.model> gen_ai.request.presence_penalty> gen_ai.request.seed>
gen_ai.request.stop_sequences> gen_ai.request.stream> gen_ai.request.temperature>
gen_ai.request.top_k> gen_ai.request.top_p> gen_ai.response.finish_reasons> gen_ai.response.id>
gen_ai.response.model> gen_ai.response.time_to_first_chunk> gen_ai.retrieval.documents>
gen_ai.retrieval.query.text> gen_ai.system>gen_ai.provider.name gen_ai.system_instructions>
gen_ai.token.type> gen_ai.tool.call.arguments> gen_ai.tool.call.id> gen_ai.tool.call.result>
gen_ai.tool.definitions> gen_ai.tool.description> gen_ai.tool.name> gen_ai.tool.type>
gen_ai.usage.cache_creation.input_tokens> gen_ai.usage.cache_read.input_tokens>
gen_ai.usage.completion_tokens>gen_ai.usage.output_tokens gen_ai.usage.input_tokens>
gen_ai.usage.output_tokens> gen_ai.usage.prompt_tokens>gen_ai.usage.input_tokens
gen_ai.usage.reasoning.output_tokens> gen_ai.workflow.name> http.client_ip>client.address
http.flavor> http.host> http.method>http.request.method http.request_content_length>
http.request_content_length_uncompressed>http.request.body.size http.response_content_length>
http.response_content_length_uncompressed>http.response.body.size http.scheme>url.scheme
http.server_name>server.address http.status_code>http.response.status_code http.target>
http.url>url.full http.user_agent>user_agent.original ios.state>ios.app.state
k8s.pod.labels>k8s.pod.label linux.memory.slab.state>system.memory.linux.slab.state
mcp.method.name> mcp.protocol.version> mcp.resource.uri> mcp.session.id> message.compressed_size>
message.id> message.type> message.uncompressed_size> messaging.destination_publish.anonymous>
messaging.destination_publish.name>
messaging.eventhubs.consumer.group>messaging.consumer.group.name
messaging.eventhubs.message.enqueued_time>azure.eventhubs.message.enqueued_time
messaging.gcp_pubsub.message.ack_deadline>gcp.pubsub.message.ack_deadline
messaging.gcp_pubsub.message.ack_id>gcp.pubsub.message.ack_id
messaging.gcp_pubsub.message.delivery_attempt>gcp.pubsub.message.delivery_attempt
messaging.gcp_pubsub.message.ordering_key>gcp.pubsub.message.ordering_key
messaging.kafka.cluster.id>kafka.cluster.id
messaging.kafka.consumer.group>messaging.consumer.group.name
messaging.kafka.destination.partition> messaging.kafka.message.key>kafka.message.key
messaging.kafka.message.offset>kafka.offset
messaging.kafka.message.tombstone>kafka.message.tombstone messaging.kafka.offset>kafka.offset
messaging.operation>messaging.operation.type
messaging.rabbitmq.destination.routing_key>rabbitmq.destination.routing_key
messaging.rabbitmq.message.delivery_tag>rabbitmq.message.delivery_tag
messaging.rocketmq.client_group>messaging.consumer.group.name
messaging.rocketmq.consumption_model>rocketmq.consumption_model
messaging.rocketmq.message.delay_time_level>rocketmq.message.delay_time_level
messaging.rocketmq.message.delivery_timestamp>rocketmq.message.delivery_timestamp
messaging.rocketmq.message.group>rocketmq.message.group
messaging.rocketmq.message.keys>rocketmq.message.keys
messaging.rocketmq.message.tag>rocketmq.message.tag
messaging.rocketmq.message.type>rocketmq.message.type
messaging.rocketmq.namespace>rocketmq.namespace
messaging.servicebus.destination.subscription_name>messaging.destination.subscription.name
messaging.servicebus.disposition_status>azure.servicebus.disposition_status
messaging.servicebus.message.delivery_count>azure.servicebus.message.delivery_count
messaging.servicebus.message.enqueued_time>azure.servicebus.message.enqueued_time
messaging.system>messaging.system.name net.host.ip>network.local.address
net.host.name>server.address net.host.port>server.port net.peer.ip>network.peer.address
net.peer.name>server.address net.peer.port>server.port net.protocol.name>network.protocol.name
net.protocol.version>network.protocol.version net.sock.family>
net.sock.host.addr>network.local.address net.sock.host.port>network.local.port
net.sock.peer.addr>network.peer.address net.sock.peer.name> net.sock.peer.port>network.peer.port
net.transport>network.transport openai.api.type> openai.request.service_tier>
openai.response.service_tier> openai.response.system_fingerprint> opentracing.ref_type>
otel.library.name>otel.scope.name otel.library.version>otel.scope.version
peer.service>server.service.name pool.name>db.client.connection.pool.name
process.cpu.state>cpu.mode
process.executable.build_id.profiling>process.executable.build_id.htlhash
process.paging.fault_type>system.paging.fault.type rpc.connect_rpc.error_code>rpc.status_code
rpc.connect_rpc.request.metadata>rpc.request.header rpc.connect_rpc.response.metadata>
rpc.grpc.request.metadata>rpc.request.header rpc.grpc.response.metadata> rpc.grpc.status_code>
rpc.jsonrpc.error_code> rpc.jsonrpc.error_message> rpc.jsonrpc.request_id>jsonrpc.request.id
rpc.jsonrpc.version>jsonrpc.protocol.version rpc.message.compressed_size> rpc.message.id>
rpc.message.type> rpc.message.uncompressed_size> rpc.request.metadata>rpc.request.header
rpc.response.metadata> rpc.response.status_code>rpc.status_code rpc.service>
rpc.system>rpc.system.name service.peer.name>server.service.name
service.peer.namespace>server.service.namespace state>db.client.connection.state
system.cpu.logical_number>cpu.logical_number system.cpu.state>cpu.mode
system.device>system.device.name system.network.state>network.connection.state
system.paging.type>system.paging.fault.type system.process.status>process.state
system.processes.status>process.state tls.client.server_name>server.address
vcs.repository.change.id>vcs.change.id vcs.repository.change.title>vcs.change.title
vcs.repository.ref.name>vcs.ref.head.name vcs.repository.ref.revision>vcs.ref.head.revision
vcs.repository.ref.type>vcs.ref.head.type zos.smf.id> zos.sysplex.name>
`;
