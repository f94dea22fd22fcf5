namespace Headrace.Apps.Benchop.Collocation;

/// <summary>Defines how a family of methods discretises a rectangle of nodes.</summary>
internal interface IPlaneDiscretisation
{
    /// <summary>The number of time steps needed to keep the temporal error below the spatial error.</summary>
    int Steps(int intervals);

    /// <summary>Returns the task with adapted nodes, or the same task if the family does not adapt them.</summary>
    PlaneTask Adapt(PlaneTask task, int intervals) => task;

    IPlaneSpace Build(PlaneTask task);
}
