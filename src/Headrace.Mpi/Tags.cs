namespace Headrace.Mpi;

/// <summary>Contains the tags with a special meaning. Other tags are 0 to 32,767.</summary>
public static class Tags
{
    /// <summary>In a receive: a message with any tag is received.</summary>
    public const int Any = -1;
}
