// title: Whether the graph holds anything of a workspace, besides its Workspace node
// The condition on id has Neo4j use the index, and so look at this workspace alone.
RETURN (
  EXISTS { MATCH (x:User {workspace: $workspace}) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:FormerUser {workspace: $workspace}) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:Role {workspace: $workspace}) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:FormerRole {workspace: $workspace}) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:Team {workspace: $workspace}) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:FormerTeam {workspace: $workspace}) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:Permission {workspace: $workspace}) WHERE x.id >= '' }
  OR EXISTS { MATCH (x:Room {workspace: $workspace}) WHERE x.id >= '' }) AS anything
