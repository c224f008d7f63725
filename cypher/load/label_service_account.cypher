// title: Users that are shown as ServiceAccount from now on
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id}) SET x:ServiceAccount
