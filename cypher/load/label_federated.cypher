// title: Users that are shown as Federated from now on
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id}) SET x:Federated
