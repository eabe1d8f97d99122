#pragma once

#include "base/ids.h"

namespace weft {

using OrganizationId = Id<struct OrganizationTag>;
using ProjectId = Id<struct ProjectTag>;
using UserId = Id<struct UserTag>;
using MemberId = Id<struct MemberTag>;
using SessionId = Id<struct SessionTag>;
using InvitationId = Id<struct InvitationTag>;
using ApiKeyId = Id<struct ApiKeyTag>;
using AgentflowId = Id<struct AgentflowTag>;
using AgentId = Id<struct AgentTag>;
using VersionId = Id<struct VersionTag>;
using ExecutionId = Id<struct ExecutionTag>;
using TaskId = Id<struct TaskTag>;
using SkillId = Id<struct SkillTag>;
using ConnectorId = Id<struct ConnectorTag>;
using ActionId = Id<struct ActionTag>;
using TableId = Id<struct TableTag>;
using RecordId = Id<struct RecordTag>;
using FileId = Id<struct FileTag>;
using InboxId = Id<struct InboxTag>;

} // namespace weft
