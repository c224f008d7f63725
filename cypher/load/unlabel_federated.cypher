// title: Users that are not shown as Federated any more
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id})
  USING INDEX SEEK x:User(workspace, id)
REMOVE x:Federated
