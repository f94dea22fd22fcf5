namespace Headrace.Apps.Benchop.Collocation;

/// <summary>Defines how a family of methods discretises a rectangle of nodes.</summary>
internal interface IPlaneDiscretisation
{
    /// <summary>The number of time steps that keeps the error in time below the error in space.</summary>
    int Steps(int intervals);

    /// <summary>Moves the nodes of a task, if the family adapts them.</summary>
    PlaneTask Adapt(PlaneTask task, int intervals) => task;

    IPlaneSpace Build(PlaneTask task);
}
