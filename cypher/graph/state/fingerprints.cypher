// title: All <Label> ids, each with its fingerprint behind it, in some fifty lists
// each: node with a fingerprint
// A record a node takes five times as long, and pages in order of ids take ArcadeDB seven times as long as this: it does not
// seek the start of a page. The last character of an id parts them evenly. The condition on id has Neo4j use the index.
MATCH (x:<Label> {workspace: $workspace})
  USING INDEX SEEK x:<Label>(workspace, id)
WHERE x.id >= ''
RETURN right(x.id, 1) AS part, collect(x.id + coalesce(x.fingerprint, '<no fingerprint>')) AS page
