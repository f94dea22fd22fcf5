namespace Headrace.Mpi;

/// <summary>Defines tags with a special meaning. Other tags are 0 to 32,767.</summary>
public static class Tags
{
    /// <summary>In a receive, matches a message with any tag.</summary>
    public const int Any = -1;
}
