using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.ObjectPool;

namespace Headrace.Server.Http;

/// <summary>
/// The buffer for one piece of a JSON reply, with its writer. Pieces are pooled, because a new buffer of this size for
/// every reply would be allocated on the large object heap, whose collection is expensive.
/// </summary>
internal sealed class JsonPiece : IDisposable
{
    // A piece is sent when it is full, so its last value, which is usually short, may make it larger than the piece
    // size.
    private const int InitialBytes = PacedWriting.PieceBytes + (16 << 10);

    private static readonly ObjectPool<JsonPiece> Pool = new DefaultObjectPoolProvider().Create(new Policy());

    private readonly ArrayBufferWriter<byte> _bytes = new(InitialBytes);
    private readonly Utf8JsonWriter _writer;

    private JsonPiece() => _writer = new Utf8JsonWriter(_bytes, JsonText.Readable);

    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    /// <summary>Gets an empty piece from the pool. The caller returns it after its last use.</summary>
    public static JsonPiece Rent() => Pool.Get();

    public void Return() => Pool.Return(this);

    public void Write(ReadOnlySpan<byte> text) => _bytes.Write(text);

    public void Write<T>(T value, JsonTypeInfo<T> type)
    {
        _writer.Reset();
        JsonSerializer.Serialize(_writer, value, type);
        _writer.Flush();
    }

    public void Clear() => _bytes.ResetWrittenCount();

    public void Dispose() => _writer.Dispose();

    private sealed class Policy : IPooledObjectPolicy<JsonPiece>
    {
        public JsonPiece Create() => new();

        /// <summary>Returns false for a buffer that a long value has enlarged, so that the pool discards it.</summary>
        public bool Return(JsonPiece piece)
        {
            piece.Clear();
            return piece._bytes.Capacity <= InitialBytes;
        }
    }
}
