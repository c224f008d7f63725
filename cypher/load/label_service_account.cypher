// title: Users that are shown as ServiceAccount from now on
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id})
  USING INDEX SEEK x:User(workspace, id)
SET x:ServiceAccount
