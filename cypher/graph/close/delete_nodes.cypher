// title: <Noun> that are gone are deleted, unless others have attached something
// each: node without a history
UNWIND $ids AS id
MATCH (<x>:<Label> {workspace: $workspace, id: id})
  USING INDEX SEEK <x>:<Label>(workspace, id)
WHERE NOT EXISTS { (<x>)--() }
DELETE <x>
