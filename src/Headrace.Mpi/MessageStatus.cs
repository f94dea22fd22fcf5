using System.Runtime.CompilerServices;

namespace Headrace.Mpi;

/// <summary>Describes a message that was received or found.</summary>
/// <param name="Source">The rank that sent the message.</param>
/// <param name="Tag">The tag of the message.</param>
/// <param name="Bytes">The length of the message in bytes.</param>
public readonly record struct MessageStatus(int Source, int Tag, long Bytes)
{
    /// <summary>Returns the length of the message in elements of a type.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <returns>The number of elements.</returns>
    /// <exception cref="InvalidOperationException">The message does not consist of such elements.</exception>
    public int Count<T>()
        where T : unmanaged
    {
        var (count, rest) = Math.DivRem(Bytes, Unsafe.SizeOf<T>());
        return rest == 0
            ? checked((int)count)
            : throw new InvalidOperationException(
                $"The message from rank {Source} is {Bytes} bytes, which is not a multiple of the {Unsafe.SizeOf<T>()} "
                    + $"bytes of {typeof(T).Name}. Receive it as the type that was sent."
            );
    }
}
