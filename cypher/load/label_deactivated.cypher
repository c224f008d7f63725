// title: Users that are shown as Deactivated from now on
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id})
  USING INDEX SEEK x:User(workspace, id)
SET x:Deactivated
