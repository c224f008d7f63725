// title: Users that are not shown as Federated any more
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id}) REMOVE x:Federated
