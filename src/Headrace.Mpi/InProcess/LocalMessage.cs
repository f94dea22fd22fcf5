namespace Headrace.Mpi.InProcess;

/// <summary>A message between two ranks of this process.</summary>
/// <param name="Context">Identifies the communicator, so that messages of different communicators are kept
/// separate.</param>
/// <param name="Source">The rank of the sender in that communicator.</param>
/// <param name="Tag">The tag.</param>
/// <param name="Bytes">A copy of the message.</param>
internal sealed record LocalMessage(int Context, int Source, int Tag, byte[] Bytes)
{
    public MessageStatus Status => new(Source, Tag, Bytes.Length);
}
