using Headrace.Worker.Processes;

namespace Headrace.Worker.Commands;

/// <summary>The resources that the jobs of one slot use one after another.</summary>
internal sealed class CommandSlot : IDisposable
{
    /// <summary>Gets the event that ends the running job's wait.</summary>
    public Descriptor Wake { get; } = Descriptor.Event();

    public byte[] Buffer { get; } = GC.AllocateUninitializedArray<byte>(CommandPipes.BufferSize);

    public void Dispose() => Wake.Dispose();
}
