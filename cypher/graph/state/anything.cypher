// title: Whether the graph holds anything of a workspace, besides its Workspace node
// The condition on id has Neo4j use the index, and so look at this workspace alone.
RETURN (
  EXISTS { MATCH (x:User {workspace: $workspace}) USING INDEX SEEK x:User(workspace, id) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:FormerUser {workspace: $workspace}) USING INDEX SEEK x:FormerUser(workspace, id) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:Role {workspace: $workspace}) USING INDEX SEEK x:Role(workspace, id) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:FormerRole {workspace: $workspace}) USING INDEX SEEK x:FormerRole(workspace, id) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:Team {workspace: $workspace}) USING INDEX SEEK x:Team(workspace, id) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:FormerTeam {workspace: $workspace}) USING INDEX SEEK x:FormerTeam(workspace, id) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:Permission {workspace: $workspace}) USING INDEX SEEK x:Permission(workspace, id) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:Room {workspace: $workspace}) USING INDEX SEEK x:Room(workspace, id) WHERE x.id >= '' }) AS anything
