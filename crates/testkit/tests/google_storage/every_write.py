"""Every way to write of Google's own client, each with a condition that does not hold, and then with one that does."""
import io
def upload(name, size=None, **conditions):
    blob = bucket.blob(name, chunk_size=size)
    return met(lambda: blob.upload_from_file(io.BytesIO(b'x' * 600000), **conditions))
bucket.blob('there').upload_from_string('text')
there = bucket.get_blob('there')
new = bucket.blob('new')
result = {
    'multipart': upload('there', if_generation_match=0),
    'resumable': upload('there', 262144, if_generation_match=0),
    'stale': upload('there', if_generation_match=1),
    'compose': met(lambda: there.compose([there], if_generation_match=0)),
    'rewrite': met(lambda: there.rewrite(there, if_generation_match=0)),
    'copy': met(lambda: bucket.copy_blob(there, bucket, 'there', if_generation_match=0)),
    'delete': met(lambda: there.delete(if_generation_match=1)),
    'patch': met(lambda: there.patch(if_metageneration_match=7)),
    'read': met(lambda: there.download_as_bytes(if_generation_match=1)),
    'new multipart': upload('a', if_generation_match=0),
    'new resumable': upload('b', 262144, if_generation_match=0),
    'new compose': met(lambda: bucket.blob('c').compose([there], if_generation_match=0)),
    'new rewrite': met(lambda: bucket.blob('d').rewrite(there, if_generation_match=0)),
    'new copy': met(lambda: bucket.copy_blob(there, bucket, 'e', if_generation_match=0)),
}
bucket.blob('a').upload_from_string('newer')
try:
    with client.batch():
        bucket.blob('b').delete()
        bucket.blob('none').delete()
    result['batch'] = 'done'
except exceptions.NotFound:
    result['batch'] = 'one was not there'
result['left'] = [[blob.name, blob.size] for blob in client.list_blobs(bucket)]
print(json.dumps(result))
