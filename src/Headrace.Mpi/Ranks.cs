namespace Headrace.Mpi;

/// <summary>Defines ranks with a special meaning.</summary>
public static class Ranks
{
    /// <summary>As the source of a receive, matches a message from any rank.</summary>
    public const int Any = -1;

    /// <summary>
    /// No rank: a send to it does nothing, and a receive from it returns an empty message at once. Use it for the
    /// missing neighbours at the edge of a domain.
    /// </summary>
    public const int None = -2;
}
