using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Headrace.Server.Hosting;

/// <summary>
/// Supplies connections with 64 KB buffers from the shared pool. With the framework's 4 KB buffers, a batch of 100
/// bodies of 16 KB required 400 reads, each of which was processed separately. An idle connection holds no buffer.
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

    // Nothing to release: this pool owns no memory.
    protected override void Dispose(bool disposing) { }
}
