using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Headrace.Server.Hosting;

/// <summary>
/// The buffers into which connections read and from which they write: 64 KB of the shared pool. The framework's own are
/// of 4 KB, and a batch of a hundred bodies of 16 KB came in by four hundred reads,
/// each handed on by itself. A connection that waits holds none.
/// </summary>
internal sealed class NetworkBuffers : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    public override int MaxBufferSize => 64 << 10;

    public MemoryPool<byte> Create(MemoryPoolOptions? options) => this;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, MaxBufferSize);
        return Shared.Rent(MaxBufferSize);
    }

    // Nothing here is its own.
    protected override void Dispose(bool disposing) { }
}
