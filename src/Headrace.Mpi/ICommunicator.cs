using System.Numerics;

namespace Headrace.Mpi;

/// <summary>
/// Connects the ranks of a group. The ranks are processes (<see cref="MpiRuntime"/>) or threads of one process
/// (<see cref="LocalRanks"/>); a program that uses this interface runs unchanged on both.
/// </summary>
/// <remarks>
/// <para>Only one thread of each rank may call it: the one that received the communicator. All ranks must make the same
/// collective calls (<see cref="Broadcast{T}"/> and the methods after it) in the same order.</para>
/// <para>Calls that wait occupy a core, except <see cref="Probe"/>. Call <see cref="Probe"/> before a receive if the
/// message may take a long time to arrive.</para>
/// <para>Messages are not copied on their way to the library. A message can have up to 2^31-1 elements, so it may be
/// longer than 2^31 bytes.</para>
/// </remarks>
public interface ICommunicator : IDisposable
{
    /// <summary>Gets the rank of this process or thread, from 0.</summary>
    int Rank { get; }

    /// <summary>Gets the number of ranks.</summary>
    int Size { get; }

    /// <summary>Sends a message. Returns when its memory can be reused.</summary>
    /// <remarks>
    /// A small message is sent without waiting for its receiver; a large one, or one that a rank sends to itself, may
    /// block. If two ranks send to each other before they receive, use <see cref="StartReceive{T}"/> before the send.
    /// </remarks>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="message">The message, which may be empty.</param>
    /// <param name="destination">The receiving rank, or <see cref="Ranks.None"/>.</param>
    /// <param name="tag">A number that the receiver can use to select messages.</param>
    /// <exception cref="MpiException">The rank or the tag is not valid.</exception>
    void Send<T>(ReadOnlySpan<T> message, int destination, int tag = 0)
        where T : unmanaged;

    /// <summary>
    /// Receives a message. Messages from one rank with the same tag arrive in the order in which they were sent.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="buffer">The memory to which the message is written. It may be longer than the message.</param>
    /// <param name="source">The sending rank, <see cref="Ranks.Any"/>, or <see cref="Ranks.None"/>.</param>
    /// <param name="tag">The tag, or <see cref="Tags.Any"/>.</param>
    /// <returns>The message that was received.</returns>
    /// <exception cref="MpiException">
    /// The message is longer than the buffer, or the rank or tag is not valid.
    /// </exception>
    MessageStatus Receive<T>(Span<T> buffer, int source = Ranks.Any, int tag = Tags.Any)
        where T : unmanaged;

    /// <summary>Starts sending a message. Its memory must not change until the transfer has completed.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="message">The message.</param>
    /// <param name="destination">The receiving rank, or <see cref="Ranks.None"/>.</param>
    /// <param name="tag">A number that the receiver can use to select messages.</param>
    /// <returns>The transfer.</returns>
    PendingTransfer StartSend<T>(ReadOnlyMemory<T> message, int destination, int tag = 0)
        where T : unmanaged;

    /// <summary>Starts receiving a message. The memory must not be used until the transfer has completed.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="buffer">The memory to which the message is written.</param>
    /// <param name="source">The sending rank, <see cref="Ranks.Any"/>, or <see cref="Ranks.None"/>.</param>
    /// <param name="tag">The tag, or <see cref="Tags.Any"/>.</param>
    /// <returns>The transfer.</returns>
    PendingTransfer StartReceive<T>(Memory<T> buffer, int source = Ranks.Any, int tag = Tags.Any)
        where T : unmanaged;

    /// <summary>
    /// Waits until a message can be received, without receiving it. After polling briefly, the thread sleeps for up to
    /// 2 ms between polls, so a waiting rank uses less than 2 % of a core.
    /// </summary>
    /// <param name="source">The sending rank, or <see cref="Ranks.Any"/>.</param>
    /// <param name="tag">The tag, or <see cref="Tags.Any"/>.</param>
    /// <returns>The message. A receive with this source and tag returns the same message.</returns>
    MessageStatus Probe(int source = Ranks.Any, int tag = Tags.Any);

    /// <summary>Checks for a message without waiting and without receiving it.</summary>
    /// <param name="status">The message, if there is one.</param>
    /// <param name="source">The sending rank, or <see cref="Ranks.Any"/>.</param>
    /// <param name="tag">The tag, or <see cref="Tags.Any"/>.</param>
    /// <returns>True if a message can be received.</returns>
    bool TryProbe(out MessageStatus status, int source = Ranks.Any, int tag = Tags.Any);

    /// <summary>Copies the buffer of the root to the buffer of every other rank.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="buffer">The same number of elements on every rank.</param>
    /// <param name="root">The rank that has the values.</param>
    void Broadcast<T>(Span<T> buffer, int root = 0)
        where T : unmanaged;

    /// <summary>Divides the values of the root into parts of the same length, one for each rank.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="all">At the root, the parts in rank order; not used on other ranks.</param>
    /// <param name="part">Receives the part of this rank. At the root, it may be the part of the values that belongs to
    /// the root.</param>
    /// <param name="root">The rank that has the values.</param>
    void Scatter<T>(ReadOnlySpan<T> all, Span<T> part, int root = 0)
        where T : unmanaged;

    /// <summary>Divides the values of the root into parts of different lengths.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="all">At the root, the parts in rank order; not used on other ranks.</param>
    /// <param name="counts">At the root, the length of each part; not used on other ranks.</param>
    /// <param name="part">Receives the part of this rank. Its length must match the count at the root.</param>
    /// <param name="root">The rank that has the values.</param>
    void Scatter<T>(ReadOnlySpan<T> all, ReadOnlySpan<int> counts, Span<T> part, int root = 0)
        where T : unmanaged;

    /// <summary>Collects parts of the same length, one from each rank.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="part">The part of this rank. At the root, it may be the part of the result that belongs to the
    /// root.</param>
    /// <param name="all">At the root, receives the parts in rank order; not used on other ranks.</param>
    /// <param name="root">The rank that receives the values.</param>
    void Gather<T>(ReadOnlySpan<T> part, Span<T> all, int root = 0)
        where T : unmanaged;

    /// <summary>Collects parts of different lengths, one from each rank.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="part">The part of this rank. Its length must match the count at the root.</param>
    /// <param name="all">At the root, receives the parts in rank order; not used on other ranks.</param>
    /// <param name="counts">At the root, the length of each part; not used on other ranks.</param>
    /// <param name="root">The rank that receives the values.</param>
    void Gather<T>(ReadOnlySpan<T> part, Span<T> all, ReadOnlySpan<int> counts, int root = 0)
        where T : unmanaged;

    /// <summary>Combines the values of all ranks, element by element, at the root.</summary>
    /// <typeparam name="T">An integer of 8 to 64 bits, <c>float</c> or <c>double</c>.</typeparam>
    /// <param name="values">The values of this rank. Every rank passes the same number of values.</param>
    /// <param name="results">
    /// At the root, receives the results; not used on other ranks. It may be the same memory as the values.
    /// </param>
    /// <param name="operation">How the values are combined.</param>
    /// <param name="root">The rank that receives the results.</param>
    void Reduce<T>(ReadOnlySpan<T> values, Span<T> results, ReduceOperation operation, int root = 0)
        where T : unmanaged, INumber<T>;

    /// <summary>Combines the values of all ranks, element by element, on every rank.</summary>
    /// <typeparam name="T">An integer of 8 to 64 bits, <c>float</c> or <c>double</c>.</typeparam>
    /// <param name="values">The values of this rank. Every rank passes the same number of values.</param>
    /// <param name="results">Receives the results. It may be the same memory as the values.</param>
    /// <param name="operation">How the values are combined.</param>
    void AllReduce<T>(ReadOnlySpan<T> values, Span<T> results, ReduceOperation operation)
        where T : unmanaged, INumber<T>;

    /// <summary>Waits until every rank has made this call.</summary>
    void Barrier();

    /// <summary>Divides the ranks into groups, each with its own communicator.</summary>
    /// <param name="color">Ranks with the same color form a group; null for a rank that joins none.</param>
    /// <param name="key">Orders the ranks in their group. Ranks with the same key keep their order.</param>
    /// <returns>The communicator of the group; null if this rank joined none.</returns>
    ICommunicator? Split(int? color, int key = 0);
}
